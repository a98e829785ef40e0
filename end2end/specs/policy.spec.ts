// What a page may not do, whatever gets into it: no text becomes HTML or a script, and
// nobody is reached but the server and the bridge. That our own pages do nothing of it is
// looked at in every test (`violations`).
import { expect, logInLegalPerson, openLogin, openMenu, query, rows, test, type Page } from '../support/test.ts';

/**
 * Tries something in the page; the name of what it throws, or `done`. In a frame of the
 * page's own: what the test itself evaluates may do what the page may not.
 */
const tries = (page: Page, what: string) =>
  page.evaluate<string>(`new Promise((resolve) => requestAnimationFrame(() => {
    try { ${what}; resolve('done'); } catch (error) { resolve(error.name); }
  }))`);

/** Whether anything of what was tried ran. */
const ran = (page: Page) => page.evaluate(() => (window as unknown as { hit?: number }).hit);

const IMAGE = JSON.stringify('<img src="data:," onerror="window.hit = 1">');

const SINKS = {
  innerHTML: `document.createElement('div').innerHTML = ${IMAGE}`,
  outerHTML: `document.querySelector('h1').outerHTML = ${IMAGE}`,
  insertAdjacentHTML: `document.body.insertAdjacentHTML('beforeend', ${IMAGE})`,
  'document.write': `document.write(${IMAGE})`,
  DOMParser: `new DOMParser().parseFromString(${IMAGE}, 'text/html')`,
  fragment: `document.createRange().createContextualFragment(${IMAGE})`,
  srcdoc: `document.createElement('iframe').srcdoc = ${IMAGE}`,
  'an inline handler': `document.body.setAttribute('onclick', 'window.hit = 1')`,
  'script.text': `document.createElement('script').text = 'window.hit = 1'`,
  'script.src': `document.createElement('script').src = '/pkg/x.js'`,
  setTimeout: `setTimeout('window.hit = 1')`,
  Worker: `new Worker('/pkg/x.js')`,
};

test('no text becomes HTML or a script', async ({ page, violations, stack: _ }) => {
  await page.goto('/login');
  for (const [name, what] of Object.entries(SINKS)) {
    expect(await tries(page, what), name).toBe('TypeError');
  }
  for (const what of [`eval('window.hit = 1')`, `new Function('window.hit = 1')()`]) {
    expect(await tries(page, what), what).toBe('EvalError');
  }
  // Nobody can say what is to be let through.
  for (const name of ['default', 'leptos', 'service-worker']) {
    const policy = `trustedTypes.createPolicy('${name}', { createHTML: (text) => text })`;
    expect(await tries(page, policy), name).toBe('TypeError');
  }
  expect(await ran(page)).toBeUndefined();
  await expect.poll(() => violations.length).toBeGreaterThanOrEqual(Object.keys(SINKS).length);
  violations.length = 0;
});

test('what is put into the HTML on its way does nothing', async ({ page, violations, stack: _ }) => {
  await page.route('**/login', async (route) => {
    const response = await route.fetch();
    const injected = '<img src="/none.png" onerror="window.hit=1"><script>window.hit=1</script>' +
      '<script src="http://127.0.0.1:1/x.js"></script><base href="http://127.0.0.1:1/"></main>';
    await route.fulfill({ response, body: (await response.text()).replace('</main>', injected) });
  });
  await page.goto('/login');
  const directives = () => new Set(violations.map((violation) => violation.split(' ')[0]));
  await expect
    .poll(directives)
    .toEqual(new Set(['script-src-attr', 'script-src-elem', 'base-uri']));
  expect(await ran(page)).toBeUndefined();
  violations.length = 0;
});

test('pages reach the server and the ports of the bridge, and nobody else', async ({ page, violations, stack: _ }) => {
  await page.goto('/login');
  for (const address of ['ws://127.0.0.1:43121', 'ws://127.0.0.1:22', 'ws://localhost:43117', 'wss://127.0.0.1:43117']) {
    await tries(page, `new WebSocket('${address}')`);
    await expect.poll(() => violations.some((violation) => violation.includes(address)), address).toBe(true);
  }
  await page.evaluate(() => fetch('http://127.0.0.1:43117/').catch(() => undefined));
  await expect.poll(() => violations.length).toBe(5);
  expect(new Set(violations.map((violation) => violation.split(' ')[0]))).toEqual(new Set(['connect-src']));
  violations.length = 0;
});

test('a browser that logged out has nothing to go back to', async ({ page, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await openMenu(page, '冻结');
  await query(page, '操作员姓名', '陈晓雨');
  await expect(rows(page)).toHaveCount(1);
  const kept = () => page.evaluate(() => Object.keys(localStorage));
  expect(await kept()).toEqual(['card-bridge-acquaintance']);
  await page.getByRole('button', { name: '退出登录' }).click();
  await expect(page).toHaveURL(/\/login/);
  // What it knows its bridge by stays: the login page is where the PIN is typed.
  expect(await kept()).toEqual(['card-bridge-acquaintance']);
  await page.goBack();
  await expect(page.getByRole('main')).not.toContainText('陈晓雨');
  // And it logs in again as if nothing were.
  await openLogin(page);
});
