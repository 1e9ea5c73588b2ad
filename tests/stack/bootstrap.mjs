// Prints an API key of a fresh or known server: `bootstrap.mjs n8n|nocodb` with URL, EMAIL, PASSWORD and KEY (the last
// key, may be empty) in the environment. A key that still works is printed again; n8n's owner is made when there is none.
const { URL: url, EMAIL: email, PASSWORD: password, KEY: known } = process.env;

async function call(path, { body, headers } = {}) {
  const response = await fetch(url + path, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${(await response.text()).slice(0, 300)}`);
  return { json: await response.json(), cookie: response.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ') };
}
const works = (path, header) => known && call(path, { headers: { [header]: known } }).then(() => true, () => false);

async function n8n() {
  if (await works('/api/v1/workflows?limit=1', 'X-N8N-API-KEY')) return known;
  const settings = (await call('/rest/settings')).json.data;
  const { cookie } = settings.userManagement.showSetupOnFirstLoad
    ? await call('/rest/owner/setup', { body: { email, password, firstName: 'Stack', lastName: 'Owner' } })
    : await call('/rest/login', { body: { emailOrLdapLoginId: email, password } });
  const scopes = (await call('/rest/api-keys/scopes', { headers: { cookie } })).json.data;
  const body = { label: `stack-${Date.now()}`, expiresAt: null, scopes };
  return (await call('/rest/api-keys', { body, headers: { cookie } })).json.data.rawApiKey;
}

async function nocodb() {
  if (await works('/api/v2/meta/bases', 'xc-token')) return known;
  const { token } = (await call('/api/v2/auth/user/signin', { body: { email, password } })).json;
  return (await call('/api/v1/tokens', { body: { description: 'stack' }, headers: { 'xc-auth': token } })).json.token;
}

console.log(await { n8n, nocodb }[process.argv[2]]());
