// The HTTP API, as any other client would use it.

let token = '';
let expires = 0;

/** Problem is an answer of application/problem+json. */
export class Problem extends Error {
  constructor(doc) {
    super(doc.detail || doc.title || 'request failed');
    Object.assign(this, doc);
  }
}

/** session gets the local user's token, or the one the user pasted. */
async function session() {
  if (token && Date.now() < expires - 60_000) return token;
  const pasted = sessionStorage.getItem('pgcast.token');
  if (pasted) {
    [token, expires] = [pasted, Infinity];
    return token;
  }
  const res = await fetch('/v1/local/session').catch(() => { throw unreachable(); });
  if (!res.ok) throw new Problem({ code: 'signed_out', title: 'Sign in', status: 401, detail: 'This pgcast wants a Supabase access token.' });
  const local = await res.json();
  [token, expires] = [local.access_token, Date.parse(local.expires_at)];
  return token;
}

export function signIn(pasted) {
  sessionStorage.setItem('pgcast.token', pasted.trim());
  token = '';
}

/** call sends a request and returns the response, or throws a Problem. */
async function call(method, path, { body, headers = {}, signal } = {}) {
  const bearer = await session();
  let res;
  try {
    res = await fetch(path, { method, body, signal, headers: { Authorization: `Bearer ${bearer}`, ...headers } });
  } catch (err) {
    if (err.name === 'AbortError') throw err;
    throw unreachable();
  }
  return checked(res);
}

const unreachable = () => new Problem({ title: 'pgcast cannot be reached', detail: 'The connection to the server failed.', hint: 'Is pgcast still running? The page tries again by itself.' });

/** checked throws what a response refuses with. */
async function checked(res) {
  if (res.ok) return res;
  if (res.status === 401) {
    sessionStorage.removeItem('pgcast.token');
    token = '';
  }
  const doc = await res.json().catch(() => ({}));
  throw new Problem({ title: res.statusText, status: res.status, ...doc });
}

const json = (method, path, value) =>
  call(method, path, value === undefined ? {} : { body: JSON.stringify(value), headers: { 'Content-Type': 'application/json' } })
    .then((res) => (res.status === 204 ? null : res.json()));

/** upload sends a file and tells how much of it is sent; fetch cannot say. */
export async function upload(file, onProgress) {
  const form = new FormData();
  form.append('file', file, file.name);
  const bearer = await session();
  const res = await new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', '/v1/upload');
    xhr.setRequestHeader('Authorization', `Bearer ${bearer}`);
    xhr.upload.onprogress = (e) => e.lengthComputable && onProgress(e.loaded / e.total);
    xhr.onload = () => resolve(new Response(xhr.response, { status: xhr.status, statusText: xhr.statusText }));
    xhr.onerror = () => reject(unreachable());
    xhr.send(form);
  });
  return (await checked(res)).json();
}
export const jobs = () => json('GET', '/v1/jobs?limit=100');
export const job = (id) => json('GET', `/v1/jobs/${id}`);
export const events = (id) => json('GET', `/v1/jobs/${id}/events`);
export const output = (forecastID) => json('GET', `/v1/forecast/${forecastID}`);
export const forecast = (request) => json('POST', '/v1/forecast', request);
export const cancel = (id) => json('POST', `/v1/jobs/${id}/cancel`);
export const remove = (id) => json('DELETE', `/v1/jobs/${id}`);
export const limits = () => json('GET', '/v1/limits');
export const ticket = () => json('POST', '/v1/ws/ticket');

/** download saves one of the job's files under a name of its own. */
export async function download(id, name, as) {
  const res = await call('GET', `/v1/jobs/${id}/files/${name}`);
  const url = URL.createObjectURL(await res.blob());
  const a = document.createElement('a');
  [a.href, a.download] = [url, as];
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
