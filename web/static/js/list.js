// The list of jobs at the side.

import { h } from './dom.js';
import { modelName, when } from './format.js';

export function jobList(jobs, selected) {
  if (jobs.length === 0) return [h('li', { class: 'empty' }, 'No files yet.')];
  return jobs.map((job) => h('li', {},
    h('a', { href: `#/jobs/${job.job_id}`, 'aria-current': job.job_id === selected ? 'page' : null, title: job.file_name },
      h('span', { class: 'name' }, job.file_name || job.job_id.slice(0, 8)),
      h('span', { class: 'meta' }, when(job.created_at), job.model_used ? ` · ${modelName(job.model_used)}` : ''),
      h('span', { class: 'badge', 'data-status': shown(job) }, label(job)))));
}

/** shown tells an upload that nobody asked to forecast from a waiting job. */
export const shown = (job) => (job.status === 'pending' && job.params === null ? 'uploaded' : job.status);

function label(job) {
  if (job.status === 'processing' && job.progress.fraction > 0) return `${Math.round(100 * job.progress.fraction)} %`;
  return shown(job);
}
