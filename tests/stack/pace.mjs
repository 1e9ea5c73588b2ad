// How fast the real systems take what comes, with a connector that runs beside them.
//   pace.mjs payments WEBHOOK [COUNT CALLERS]                 payments a second through n8n's workflow 01
//   pace.mjs rows CONNECTOR KEY NOCODB TOKEN BASE [COUNT]     purchases to the connector, then rows a second until NocoDB has all
// Every payment is a new member's, in a currency and with goods of the sample.
const [what, ...given] = process.argv.slice(2);
const run = Date.now().toString(36);

const line = (price) => ({ id: '1', sku: 'RUN-42', name: 'Trail runner', category: 'sport/shoes/running', quantity: 1, ...price });
const dated = { revision: 1, status: 'paid', placed_at: '2026-11-20T10:00:00Z', paid_at: '2026-11-20T10:00:40Z', currency: 'EUR' };
const who = (number) => ({ email: `${run}-${number}@example.com`, name: 'Anna', language: 'et' });

async function ask(url, method, headers, body) {
  const answer = await fetch(url, { method, headers: { 'content-type': 'application/json', ...headers }, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${(await answer.text()).slice(0, 200)}`);
  return answer.json();
}

// So many callers at once, each with one request under way; prints what they saw.
async function all(count, callers, each) {
  let next = 0;
  const took = [];
  const began = performance.now();
  await Promise.all(Array.from({ length: callers }, async () => {
    for (let number = next++; number < count; number = next++) {
      const asked = performance.now();
      await each(number);
      took.push(performance.now() - asked);
    }
  }));
  const seconds = (performance.now() - began) / 1000;
  took.sort((one, other) => one - other);
  const at = (share) => took[Math.floor((took.length - 1) * share)].toFixed(0);
  console.log(`${count} by ${callers} callers: ${(count / seconds).toFixed(1)} a second, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

async function payments(webhook, count = 400, callers = 16) {
  await all(Number(count), Number(callers), (number) => ask(webhook, 'POST', {}, {
    order_id: `${run}-${number}`, ...dated, customer: { id: `${run}-${number}`, ...who(number) }, lines: [line({ price: '89.90' })],
  }));
}

async function rows(connector, key, nocodb, token, base, count = 5000) {
  const list = async (path) => (await ask(`${nocodb}/api/v2/meta/${path}`, 'GET', { 'xc-token': token })).list;
  const { id } = (await list('bases')).find((known) => known.title === base);
  const tables = (await list(`bases/${id}/tables`)).filter((table) => ['Members', 'Points'].includes(table.title));
  const there = async () => {
    const counts = tables.map((table) => ask(`${nocodb}/api/v2/tables/${table.id}/records/count`, 'GET', { 'xc-token': token }));
    return (await Promise.all(counts)).reduce((sum, { count }) => sum + count, 0);
  };
  await all(Number(count), 32, (number) => ask(`${connector}/v1/orders/${run}-${number}`, 'PUT', { authorization: `Bearer ${key}` }, {
    member: { external_id: `${run}-${number}`, ...who(number) }, ...dated, lines: [line({ unit_price: '89.90' })],
  }));
  const [first, began] = [await there(), performance.now()];
  let [last, changed] = [first, began];
  while (performance.now() - changed < 3000) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await there();
    if (now > last) [last, changed] = [now, performance.now()];
  }
  const seconds = (changed - began) / 1000;
  console.log(`${last - first} rows in ${seconds.toFixed(1)} s after the last purchase: ${((last - first) / seconds).toFixed(0)} a second; ${last} in all`);
}

const steps = { payments, rows };
if (!steps[what]) {
  console.error('usage: pace.mjs payments WEBHOOK [COUNT CALLERS] | rows CONNECTOR KEY NOCODB TOKEN BASE [COUNT]');
  process.exit(2);
}
await steps[what](...given);
