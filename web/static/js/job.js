// One job: what was understood, the request, its status, its result.

import * as api from './api.js';
import { alertProblem, clearProblem, copyButton, fill, h } from './dom.js';
import { runAgain } from './elsewhere.js';
import { bytes, percent, seconds, when } from './format.js';
import { shown } from './list.js';
import { understood } from './profile.js';
import { requestForm } from './request.js';
import { Result } from './result.js';

// An upload that nobody asked to forecast is pending too, but waits for nothing.
const eventStatus = (e) => (e.status === 'pending' && !e.forecast_id ? 'uploaded' : e.status);

export class JobView {
  constructor(id) {
    this.id = id;
    this.job = null;
    this.asked = 0;
    this.status = h('section', { class: 'status', 'aria-label': 'Status' });
    this.profile = h('section', { class: 'profile' });
    this.request = h('section', { class: 'request' });
    this.outcome = h('section', { class: 'outcome' });
    this.trail = h('section', { class: 'trail' });
    this.el = h('article', { class: 'job', 'data-job': id }, this.status, this.outcome, this.request, this.profile, this.trail);
    this.result = new Result(this.outcome);
  }

  /** open shows a job's detail for the first time. */
  open(detail, models) {
    fill(this.profile, understood(detail));
    fill(this.request, requestForm(detail, models, (request) => this.#forecast(request)));
    this.update(detail);
  }

  /** update shows a newer version of the job. */
  update(job) {
    const before = this.job;
    this.job = job;
    fill(this.status, this.#statusLine(job), this.#stages(job));
    const button = this.request.querySelector('#forecast');
    if (button) [button.disabled, button.title] = job.status === 'processing' ? [true, 'It runs; cancel it first.'] : [false, ''];
    if (job.status === 'completed' && (before?.status !== 'completed' || before.forecast_id !== job.forecast_id)) this.#load(job);
    if (job.status === 'failed') this.result.failed(job);
    if (before?.status !== job.status || before?.forecast_id !== job.forecast_id) this.#events();
  }

  close() {
    this.result.close();
    this.job = null;
  }

  #statusLine(job) {
    const running = job.status === 'processing' || (job.status === 'pending' && job.params !== null);
    return h('div', { class: 'headline' },
      h('h1', {}, job.file_name || job.job_id),
      h('span', { class: 'badge', id: 'status', 'data-status': shown(job) }, shown(job)),
      h('span', { class: 'meta' }, bytes(job.file_bytes), ' · uploaded ', when(job.created_at)),
      running && h('button', { type: 'button', id: 'cancel', onclick: () => this.#do(() => api.cancel(job.job_id)) }, 'Cancel'),
      !running && h('button', { type: 'button', class: 'quiet', id: 'delete', onclick: () => this.#delete(job) }, 'Delete'));
  }

  #stages(job) {
    if (job.params === null) return null;
    const ended = ['completed', 'failed', 'canceled'].includes(job.status);
    const last = ended ? job.status : 'completed';
    const reached = { pending: 0, processing: 1 }[job.status] ?? 2;
    const steps = ['pending', 'processing', last].map((name, i) => h('li', {
      'data-status': name, 'aria-current': i === reached ? 'step' : null, class: i <= reached ? 'reached' : null,
    }, name));
    const bar = job.status === 'processing' && [
      h('progress', { max: 1, value: job.progress.fraction, 'aria-label': job.progress.stage || 'progress' }),
      h('p', { class: 'hint', id: 'stage' }, [job.progress.stage, percent(job.progress.fraction)].filter(Boolean).join(' · '), job.attempts > 1 && ` · attempt ${job.attempts} of ${job.max_attempts}`)];
    const later = job.status === 'pending' && Date.parse(job.run_at) > Date.now() + 60_000 && h('p', { class: 'hint' }, `It is to start at ${when(job.run_at)}.`);
    const retry = job.status === 'pending' && job.error_message &&
      h('p', { class: 'hint' }, `Attempt ${job.attempts} of ${job.max_attempts} failed: ${job.error_message} It is tried again by itself.`);
    return h('div', { class: 'stages' }, h('ol', {}, steps), bar, later, retry);
  }

  async #forecast(request) {
    return this.#do(() => api.forecast({ job_id: this.id, ...request }));
  }

  async #delete(job) {
    if (confirm(`Delete ${job.file_name || 'this job'}, its file and its forecasts?`)) {
      await this.#do(() => api.remove(job.job_id));
    }
  }

  /** #do shows the problem that an action meets, and returns it. */
  async #do(action) {
    clearProblem();
    try {
      await action();
      return null;
    } catch (err) {
      alertProblem(err);
      return err;
    }
  }

  async #load(job) {
    try {
      const output = await api.output(job.forecast_id);
      if (this.job?.forecast_id === job.forecast_id) this.result.show(output, job);
    } catch (err) {
      if (this.job?.forecast_id === job.forecast_id && this.job.status === 'completed') alertProblem(err);
    }
  }

  async #events() {
    const asked = ++this.asked; // a slow answer must not replace a newer one
    const list = await api.events(this.id).catch(() => null);
    if (!list || !this.job || asked !== this.asked) return;
    const rows = list.data.map((e, i) => h('tr', {},
      h('td', {}, when(e.at)),
      h('td', {}, h('span', { class: 'badge', 'data-status': eventStatus(e) }, eventStatus(e))),
      h('td', { class: 'n' }, i > 0 && `+ ${seconds(Date.parse(e.at) - Date.parse(list.data[i - 1].at))}`),
      h('td', {}, this.#who(e)),
      h('td', {}, e.message || e.code || (e.attempt > 1 ? `attempt ${e.attempt}` : ''))));
    const sql = runAgain(this.id);
    fill(this.trail,
      h('h2', {}, 'What happened'),
      h('div', { class: 'scroll' }, h('table', { id: 'events' },
        h('thead', {}, h('tr', {}, [['When'], ['Status'], ['After', 'n'], ['Who'], ['']].map(([t, c]) => h('th', { scope: 'col', class: c }, t)))),
        h('tbody', {}, rows))),
      h('p', {}, 'Run it again from psql:'),
      h('div', { class: 'command' }, h('pre', {}, h('code', {}, sql)), copyButton(sql)));
  }

  /** #who says whose deed an event is: a processor's, the user's, or that of
   * whoever typed SQL. */
  #who(e) {
    if (e.processor && (e.code || ['processing', 'completed', 'failed'].includes(e.status))) return `processor ${e.processor.slice(0, 8)}`;
    return [e.actor === this.job.user_id ? 'you' : e.actor, e.application].filter(Boolean).join(' · ');
  }
}
