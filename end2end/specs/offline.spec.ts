// Nothing of the browser is ever seen: where the server can't be reached, or a proxy
// answers in its place, our own page stands, and leads back by itself.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { shoot } from '../support/shots.ts';
import { expect, logInLegalPerson, test, type Page } from '../support/test.ts';

const title = (page: Page) => page.getByRole('heading', { level: 1 });
const OFFLINE = '暂时无法连接服务器';

/** Waits until the page's worker is the one that stands in. */
async function guarded(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
  });
}

/** A proxy in front of the server, which may fail in several ways. */
class Proxy {
  mode: 'good' | 'bad gateway' | 'silent' | 'new worker' = 'good';
  sites: string[] = [];
  private constructor(private readonly server: http.Server) {}

  static async before(origin: string): Promise<Proxy> {
    const server = http.createServer((request, response) => {
      if (request.url === '/kiosk') proxy.sites.push(String(request.headers['sec-fetch-site']));
      if (proxy.mode === 'silent' && request.url !== '/readyz') return;
      if (proxy.mode === 'bad gateway') {
        response.writeHead(502, { 'content-type': 'text/html' });
        response.end('<h1>502 Bad Gateway</h1><hr>nginx');
        return;
      }
      const { hostname, port } = new URL(origin);
      const onward = http.request(
        { hostname, port, path: request.url, method: request.method, headers: request.headers },
        (answer) => {
          const headers = { ...answer.headers };
          if (proxy.mode === 'new worker' && request.url === '/sw.js') {
            delete headers['content-length'];
            response.writeHead(answer.statusCode!, headers);
            response.write('// another version\n');
          } else {
            response.writeHead(answer.statusCode!, headers);
          }
          answer.pipe(response);
        },
      );
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    });
    const proxy = new Proxy(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

test('a lost server is waited for, and the page comes back to where one was', async ({
  page,
  stack,
}) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await page.goto('/manage/freeze');
  await guarded(page);
  await stack.stopServer('SIGKILL');
  await page.getByRole('navigation', { name: '功能菜单' }).getByRole('link', { name: '挂失' }).click();
  await expect(title(page)).toHaveText(OFFLINE);
  expect(page.url()).toContain('/manage/report-loss');
  await shoot(page, 'offline');
  // A person who does not wait changes nothing.
  await page.getByRole('button', { name: '立即重试' }).click();
  await page.reload();
  await expect(title(page)).toHaveText(OFFLINE);
  await stack.startServer();
  await expect(title(page)).toHaveText('挂失');
  // Nothing of any page was kept.
  expect(await page.evaluate(() => caches.keys())).toEqual([]);
});

test('a form that was sent in vain leads back to its page', async ({ page, stack }) => {
  await stack.startBridge();
  await logInLegalPerson(page, stack);
  await page.goto('/manage/freeze');
  await guarded(page);
  await stack.stopServer('SIGKILL');
  await page.getByLabel('操作员姓名', { exact: true }).fill('陈');
  await page.getByRole('button', { name: '查询', exact: true }).click();
  await expect(title(page)).toHaveText(OFFLINE);
  await stack.startServer();
  await expect(title(page)).toHaveText('冻结');
  await expect(page).toHaveURL(/\/manage\/freeze$/);
  // With the worker forms go as they do without.
  await page.getByLabel('操作员姓名', { exact: true }).fill('陈');
  await page.getByRole('button', { name: '查询', exact: true }).click();
  await expect(page).toHaveURL(/name=/);
});

test('what a proxy says in the place of the server is not seen either', async ({ page, stack }) => {
  const proxy = await Proxy.before(stack.origin);
  await page.goto(`http://127.0.0.1:${proxy.port}/login`);
  await guarded(page);
  proxy.mode = 'bad gateway';
  await page.reload();
  await expect(title(page)).toHaveText(OFFLINE);
  proxy.mode = 'good';
  await expect(title(page)).not.toHaveText(OFFLINE);
  // An error of our own says more than any page in its place.
  await page.goto(`http://127.0.0.1:${proxy.port}/there-is-no-such-page`);
  await expect(title(page)).not.toHaveText(OFFLINE);
  // One that never answers.
  proxy.mode = 'silent';
  await page.goto(`http://127.0.0.1:${proxy.port}/login`, { timeout: 45_000 });
  await expect(title(page)).toHaveText(OFFLINE);
  proxy.close();
});

test('a new version of the worker takes over at once', async ({ page, stack }) => {
  const proxy = await Proxy.before(stack.origin);
  await page.goto(`http://127.0.0.1:${proxy.port}/login`);
  await guarded(page);
  proxy.mode = 'new worker';
  const changed = page.evaluate(
    () =>
      new Promise((resolve) => {
        navigator.serviceWorker.addEventListener('controllerchange', () => resolve(true));
        void navigator.serviceWorker.getRegistration().then((own) => own?.update());
      }),
  );
  expect(await changed).toBe(true);
  proxy.close();
});

/** With a worker, too, the server sees that another site led there. */
test('a link from elsewhere stays one', async ({ page, stack }) => {
  const proxy = await Proxy.before(stack.origin);
  const own = `http://127.0.0.1:${proxy.port}`;
  await page.goto(`${own}/login`);
  await guarded(page);
  const elsewhere = http.createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<a href="${own}/kiosk">x</a>`);
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  await page.goto(`http://localhost:${(elsewhere.address() as AddressInfo).port}/`);
  await page.getByRole('link').click();
  await page.waitForURL(/\/login/);
  // What it leads on to is asked for by the same link, and once more by our own page.
  expect(new Set(proxy.sites)).toEqual(new Set(['cross-site']));
  await expect(page.locator('html')).not.toHaveAttribute('data-terminal', /./);
  elsewhere.closeAllConnections();
  elsewhere.close();
  proxy.close();
});
