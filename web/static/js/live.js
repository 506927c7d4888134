// Live status over /v1/ws. While the socket is away the page polls, so that a
// change is seen either way.

import * as api from './api.js';

const POLL = 3_000;

/**
 * live keeps the page up to date. onJobs gets jobs that changed, onDeleted the
 * id of one that is gone, onState 'live', 'polling', 'offline' or 'signed out'.
 */
export function live({ onJobs, onDeleted, onState }) {
  let delay = 500;
  let timer = 0;
  let connected = false; // the socket speaks: what a slow poll brings is old

  const poll = async () => {
    let state = 'polling';
    let list;
    try {
      list = (await api.jobs()).data;
    } catch (err) {
      state = stateOf(err);
    }
    if (connected) return;
    if (list) onJobs(list, true);
    onState(state);
  };

  const later = () => {
    clearInterval(timer);
    timer = setInterval(poll, POLL);
    setTimeout(connect, delay * (0.5 + Math.random()));
    delay = Math.min(delay * 2, 10_000);
  };

  async function connect() {
    let ticket;
    try {
      ({ ticket } = await api.ticket());
    } catch (err) {
      onState(stateOf(err));
      later();
      return;
    }
    const url = new URL('/v1/ws', location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = new WebSocket(url, ['pgcast.v1', `ticket.${ticket}`]);
    const subscribe = () => socket.send(JSON.stringify({ type: 'subscribe', id: 1, all: true }));
    socket.onopen = subscribe;
    socket.onclose = () => {
      connected = false;
      onState('polling');
      later();
    };
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.type === 'snapshot') {
        clearInterval(timer);
        connected = true;
        delay = 500;
        onState('live');
        onJobs(frame.jobs, true);
      } else if (frame.type === 'job') onJobs([frame.job], false);
      else if (frame.type === 'deleted') onDeleted(frame.job_id);
      else if (frame.type === 'reset') subscribe();
    };
  }

  poll();
  connect();
}

const stateOf = ({ status }) => (status === 401 ? 'signed out' : status ? 'polling' : 'offline');
