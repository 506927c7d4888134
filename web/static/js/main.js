// The page: a list of jobs at the side, one job in the middle, the address
// (#/jobs/ID) says which.

import * as api from './api.js';
import { $, announce, alertProblem, clearProblem, fill } from './dom.js';
import { acceptDrops, busy, idle } from './drop.js';
import { live } from './live.js';
import { jobList } from './list.js';
import { JobView } from './job.js';
import { welcome, signInForm } from './welcome.js';

const jobs = new Map(); // job_id → job, the newest version of each
let view = null; // the open JobView
let models = ['auto'];
let signedIn = false;
let following = false;

const selected = () => location.hash.match(/^#\/jobs\/([0-9a-f-]{36})$/)?.[1];

/** accept takes a job in if it is newer than what the page knows. */
function accept(job) {
  const known = jobs.get(job.job_id);
  if (known && known.version >= job.version) return;
  jobs.set(job.job_id, job);
  if (known && known.status !== job.status) announce(`${job.file_name || 'Job'}: ${job.status}`);
  if (view?.id === job.job_id) view.update(job);
}

function onJobs(list, whole) {
  if (whole && list.length < 100) {
    const ids = new Set(list.map((j) => j.job_id));
    for (const id of jobs.keys()) if (!ids.has(id) && id !== view?.id) jobs.delete(id);
  }
  list.forEach(accept);
  renderList();
}

function onDeleted(id) {
  jobs.delete(id);
  renderList();
  if (view?.id === id) location.hash = '#/';
}

function renderList() {
  const sorted = [...jobs.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
  fill($('jobs'), jobList(sorted, selected()));
}

function onState(state) {
  const words = { polling: 'reconnecting, polling meanwhile', offline: 'offline, trying again' };
  $('connection').dataset.state = state;
  $('connection').textContent = words[state] ?? state;
  if (state === 'signed out' && signedIn) askToSignIn();
}

async function show() {
  if (!signedIn) return;
  view?.close();
  view = null;
  clearProblem();
  const id = selected();
  renderList();
  if (!id) {
    fill($('main'), welcome(send));
    return;
  }
  const opened = new JobView(id);
  view = opened;
  fill($('main'), opened.el);
  try {
    const detail = await api.job(id);
    if (view !== opened) return;
    opened.open(detail, models);
    accept(detail);
    renderList();
  } catch (err) {
    if (view === opened) fill($('main'), welcome(send));
    fail(err);
  }
}

/** send uploads files, one after the other, and opens the job of the last. */
async function send(files) {
  clearProblem();
  let job = '';
  const refused = [];
  for (const file of files) {
    busy(file.name);
    try {
      job = (await api.upload(file, (share) => busy(file.name, share))).job_id;
      announce(`${file.name} is uploaded`);
    } catch (err) {
      if (err.status !== 401) err.title = `${file.name}: ${err.title}`;
      refused.push(err);
    }
  }
  idle();
  if (job) location.hash = `#/jobs/${job}`;
  if (job && refused.length) addEventListener('hashchange', () => fail(refused[0]), { once: true }); // once the job is open
  else if (refused.length) fail(refused[0]);
}

function fail(err) {
  if (err.status === 401) askToSignIn();
  if (err.code !== 'signed_out') alertProblem(err); // that needs no more words than the form has
}

function askToSignIn() {
  signedIn = false;
  fill($('main'), signInForm(start));
}

/** start shows the page once somebody is signed in; pgcast up signs in whoever
 * sits at its machine. */
async function start() {
  clearProblem();
  try {
    models = (await api.limits()).forecast.models;
  } catch (err) {
    if (err.status === 401) {
      onState('signed out');
      fail(err);
      return;
    }
  }
  signedIn = true;
  follow();
  show();
}

/** follow begins to listen, once: it keeps trying by itself. */
function follow() {
  if (!following) live({ onJobs, onDeleted, onState });
  following = true;
}

addEventListener('hashchange', show);
addEventListener('unhandledrejection', (e) => fail(e.reason));
acceptDrops(send);
start();
