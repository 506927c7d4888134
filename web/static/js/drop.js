// The place where files are dropped: the box at the side, and the whole page.

import { $, announce } from './dom.js';

/** busy says which file is on its way, and how much of it is sent. */
export function busy(name, share) {
  const sent = share === undefined ? '' : share < 1 ? ` ${Math.floor(100 * share)} %` : ', reading it';
  $('drop').dataset.busy = 'yes';
  $('sending').textContent = `${name}${sent}`;
  if (share === undefined) announce(`Uploading ${name}`);
}

export function idle() {
  delete $('drop').dataset.busy;
  $('sending').textContent = '';
}

/** acceptDrops hands over the files that are dropped or chosen. */
export function acceptDrops(send) {
  const input = $('file');
  input.addEventListener('change', () => {
    const chosen = [...input.files];
    input.value = '';
    if (chosen.length) send(chosen);
  });
  $('drop').addEventListener('keydown', (e) => {
    if (e.key === 'Enter' || e.key === ' ') {
      e.preventDefault();
      input.click();
    }
  });
  document.addEventListener('dragover', (e) => {
    e.preventDefault();
    document.body.dataset.drag = 'yes';
  });
  document.addEventListener('dragleave', (e) => {
    if (!e.relatedTarget) delete document.body.dataset.drag;
  });
  document.addEventListener('drop', (e) => {
    e.preventDefault();
    delete document.body.dataset.drag;
    const dropped = [...e.dataTransfer.files];
    if (dropped.length) send(dropped);
  });
}
