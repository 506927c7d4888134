// What the page does, as a command for somewhere else.

const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`; // for a shell
const literal = (text) => `'${text.replaceAll("'", "''")}'`; // for SQL

export const asCurl = (id, request) =>
  `curl -H "Authorization: Bearer $PGCAST_ACCESS_TOKEN" -H 'Content-Type: application/json' \\\n` +
  `     -d ${quote(JSON.stringify({ job_id: id, ...request }))} \\\n     "${location.origin}/v1/forecast"`;

export const asSQL = (id, request) =>
  `update jobs set params = ${literal(JSON.stringify(request))}, status = 'pending'\nwhere id = '${id}';`;

export const runAgain = (id) => `update jobs set status = 'pending' where id = '${id}';`;
