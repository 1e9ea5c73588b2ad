// Rewrites a specification so that Prism really checks requests against it: `prism-spec.mjs FROM TO`.
// Prism drops a schema its validator cannot compile without a word and then accepts anything. OpenAI's has "nullable"
// (a keyword of OpenAPI 3.0) with no "type" beside it, which does not compile; here it becomes a null alternative.
import fs from 'node:fs';

const NAMES_BELOW = new Set(['properties', 'patternProperties']); // there, "nullable" would be a property's name
const AS_THEY_ARE = new Set(['example', 'examples', 'default', 'enum']);

function rewrite(node, isSchema = true) {
  if (Array.isArray(node)) return node.map((item) => rewrite(item));
  if (node === null || typeof node !== 'object') return node;
  const { ...copy } = node;
  let nullable = false;
  if (isSchema && typeof copy.nullable === 'boolean' && copy.type === undefined) {
    nullable = copy.nullable;
    delete copy.nullable;
  }
  for (const key of Object.keys(copy)) {
    if (!AS_THEY_ARE.has(key)) copy[key] = rewrite(copy[key], !NAMES_BELOW.has(key));
  }
  return nullable ? { anyOf: [copy, { type: 'null' }] } : copy;
}

const [from, to] = process.argv.slice(2);
fs.writeFileSync(to, JSON.stringify(rewrite(JSON.parse(fs.readFileSync(from, 'utf8')))));
