// Renders openapi.json: what each call takes and answers, folded by default.

const el = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
};

const doc = await (await fetch('/openapi.json')).json();
const resolve = (s) => (s?.$ref ? s.$ref.slice(2).split('/').reduce((at, key) => at[key], doc) : s);

/** typeName says what a schema is in a few words. */
function typeName(s) {
  if (!s) return '';
  if (s.$ref) return s.$ref.split('/').pop();
  if (s.enum) return s.enum.join(' | ');
  if (s.const !== undefined) return JSON.stringify(s.const);
  for (const key of ['oneOf', 'allOf']) if (s[key]) return s[key].map(typeName).join(key === 'oneOf' ? ' | ' : ' + ');
  if (s.type === 'array') return `${typeName(s.items) || 'any'}[]`;
  return [s.type].flat().join(' | ') + (s.format ? ` (${s.format})` : '');
}

const row = (name, type, text) => el('tr', {}, el('th', {}, el('code', {}, name)), el('td', {}, el('code', {}, type)), el('td', {}, text ?? ''));
const table = (rows) => (rows.length ? el('table', {}, ...rows) : null);
/** properties are those of a schema and of what it is made of. */
const properties = (s) => [...(resolve(s)?.allOf ?? []).flatMap(properties), ...Object.entries(resolve(s)?.properties ?? {})];
const fields = (s) => table(properties(s).map(([name, p]) => row(name, typeName(p), p.description)));

function bodyOf(op) {
  return Object.entries(op.requestBody?.content ?? {}).flatMap(([kind, { schema }]) =>
    [el('p', {}, `Body (${kind}): `, el('code', {}, typeName(schema))), fields(schema)]);
}

function operation(path, method, op, shared) {
  const params = [...(shared ?? []), ...(op.parameters ?? [])].map(resolve).map((p) => row(p.name, `${p.in}: ${typeName(p.schema)}`, p.description));
  const answers = Object.entries(op.responses).filter(([, r]) => !r.$ref).map(([status, r]) =>
    row(status, Object.values(r.content ?? {}).map((c) => typeName(c.schema)).join(', '), r.description));
  const problems = Object.entries(op.responses).filter(([status, r]) => r.$ref && status !== 'default').map(([status]) => status);
  if (problems.length) answers.push(row(problems.join(' '), 'Problem', ''));
  return el('details', {}, el('summary', {}, el('b', {}, method.toUpperCase()), el('code', {}, path), el('span', {}, op.summary)),
    op.description ? el('p', {}, op.description) : null, table(params), ...bodyOf(op), el('p', {}, 'Answers'), table(answers));
}

document.getElementById('about').textContent = doc.info.description;
const operations = document.getElementById('operations');
for (const tag of doc.tags) {
  operations.append(el('h2', {}, tag.description));
  for (const [path, methods] of Object.entries(doc.paths)) {
    for (const [method, op] of Object.entries(methods)) {
      if (op.tags?.includes(tag.name)) operations.append(operation(path, method, op, methods.parameters));
    }
  }
}
const schemas = document.getElementById('schemas');
for (const [name, s] of Object.entries(doc.components.schemas)) {
  schemas.append(el('details', { id: name }, el('summary', {}, el('code', {}, name)), s.description ? el('p', {}, s.description) : null, fields(s)));
}
const named = document.getElementById(location.hash.slice(1)); // came after the browser looked for it
if (named) {
  named.open = true;
  named.scrollIntoView();
}
