// The service worker. It keeps nothing of any page: all it does is to show a page of our
// own where the browser would show its error page, or a proxy its own.
'use strict';

const PAGE = __PAGE__;
const POLICY = __POLICY__;

// Our server names each answer; what comes from a proxy has no such name.
const NAMED = 'x-request-id';
// A page that takes longer is asked for again: more than the server itself waits.
const PATIENCE = 35_000;

// A new worker takes the place of the old one at once.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => {
  // With it the browser asks for a page as it would without a worker, so that the server
  // sees who led there, and no later than otherwise.
  const preload = self.registration.navigationPreload;
  event.waitUntil(Promise.all([preload?.enable(), self.clients.claim()]));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.mode !== 'navigate') return;
  // A file is saved by the browser, and nothing is shown in its place.
  if (new URL(request.url).pathname.startsWith('/export/')) return;
  // What makes a browser a terminal is nothing that a page of ours leads to for somebody else.
  const isOurs = request.referrer.startsWith(self.location.origin + '/');
  if (new URL(request.url).pathname === '/kiosk' && !isOurs) return;
  if (request.method === 'GET') {
    event.respondWith(page(event));
    return;
  }
  // A form of ours. What another site sends goes its own way, as without a worker.
  if (isOurs) {
    // Whoever wanted to leave is not led back to what they left.
    const leaves = new URL(request.url).pathname === '/logout';
    event.respondWith(answer(fetch(request), leaves ? '/login?left=logout' : request.referrer));
  }
});

async function page(event) {
  const asked = Promise.resolve(event.preloadResponse).then((first) => first ?? fetch(event.request));
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), PATIENCE);
  });
  try {
    return await answer(Promise.race([asked, late]), event.request.url);
  } finally {
    clearTimeout(timer);
    // It may fail later, when nobody waits for it any more.
    asked.catch(() => {});
  }
}

// The answer, or our page in its place, which leads to `back` once the server is there.
async function answer(asked, back) {
  try {
    const response = await asked;
    if (response.status < 500 || response.headers.has(NAMED)) return response;
  } catch {
    // No answer at all.
  }
  const attribute = back.replace(/[&"<>]/g, (c) => `&#${c.charCodeAt(0)};`);
  return new Response(PAGE.replace('__BACK__', () => attribute), {
    status: 503,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
    },
  });
}
