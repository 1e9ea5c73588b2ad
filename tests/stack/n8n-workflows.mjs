// Two steps of the workflow import.
//   bundle FOLDER FILE               joins FOLDER/*.json (a workflow or a list in each) into FILE, prints the ids to publish
//   check DATABASE running|stopped ID…   exit code 1 and the ids that are not published (when n8n runs: not live) yet
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

function bundle(folder, target) {
  const workflows = fs.readdirSync(folder).filter((name) => name.endsWith('.json')).sort().flatMap((name) => {
    const list = [JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))].flat();
    if (list.some((workflow) => !workflow.id)) throw new Error(`${name}: a workflow needs an id of its own`);
    return list;
  });
  fs.writeFileSync(target, JSON.stringify(workflows));
  for (const workflow of workflows) if (workflow.active !== false) console.log(workflow.id);
}

// Live is what n8n's own reconciler takes for settled: nothing queued, and the version in use is the version asked for.
function check(file, state, ...ids) {
  const database = new DatabaseSync(file, { readOnly: true });
  const asked = database.prepare('SELECT activeVersionId AS version FROM workflow_entity WHERE id = ?');
  const used = database.prepare('SELECT publishedVersionId AS version FROM workflow_published_version WHERE workflowId = ?');
  const queued = database.prepare(
    "SELECT count(*) AS n FROM workflow_publication_outbox WHERE workflowId = ? AND status IN ('pending', 'in_progress')");
  const waiting = ids.filter((id) => {
    const version = asked.get(id)?.version;
    if (!version) return true;
    return state === 'running' && (queued.get(id).n > 0 || used.get(id)?.version !== version);
  });
  for (const id of waiting) console.log(id);
  process.exitCode = waiting.length ? 1 : 0;
}

const [step, ...parameters] = process.argv.slice(2);
({ bundle, check })[step](...parameters);
