// Whoever walks up to a terminal does anything: taps, types, pulls and swaps cards, waits,
// leaves; servers and bridges are killed meanwhile. However that went, the terminal is at its
// attract screen within the idle time, and holds nothing of whoever was there.
//
// Without more, a few walks that are always the same; `WANDERER_WALKS` and `WANDERER_SEED` say
// how many others, and which. A walk that fails says what was done and what the page said, and
// comes again by its seed.
import { Random } from '../support/random.ts';
import type { Stack } from '../support/stack.ts';
import { expect, test, type Page } from '../support/test.ts';
import { Time } from '../support/time.ts';

const WALKS = Number(process.env.WANDERER_WALKS ?? 4);
const SEED = Number(process.env.WANDERER_SEED ?? 1);

/** As the service is configured: so long a session is idle. */
const IDLE = 60;
/** A page without a session goes after so long, and a farewell is such a page. */
const FAREWELL = 60;
/** Looks are seconds apart, and so are the page's own. */
const SLACK = 20;

/** What a walk has. */
interface Walk {
  page: Page;
  stack: Stack;
  time: Time;
  random: Random;
  /** What was done, for the one who reads about a failure. */
  did: string[];
  /** The card in the first reader. */
  card: string | undefined;
}

const CARDS = ['legal-person', 'legal-person', 'operator-0001', 'operator-0003', 'operator-0004'];

/** Everything that a finger may be put on, where it is. */
function targets(page: Page): Promise<{ name: string; x: number; y: number }[]> {
  return page.evaluate(() => {
    const open = [...document.querySelectorAll('dialog[open]')].pop();
    const all = (open ?? document).querySelectorAll<HTMLElement>(
      'a[href], button, summary, select, input, label, [role="button"]',
    );
    return [...all].flatMap((element) => {
      const { left, top, width, height } = element.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      const isSeen = width > 0 && height > 0 && y > 0 && y < innerHeight && x > 0 && x < innerWidth;
      const name = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim();
      return isSeen ? [{ name: name.slice(0, 24) || element.tagName, x, y }] : [];
    });
  });
}

async function tap({ page, random, did }: Walk): Promise<void> {
  const target = random.one(await targets(page));
  if (!target) return;
  did.push(`tap ${target.name}`);
  await page.touchscreen.tap(target.x, target.y);
}

/** The way through an act: who only taps at random seldom gets anywhere. */
async function goOn({ page, random, did }: Walk): Promise<void> {
  const wanted = ['IC卡自主管理', '延期', '冻结', '解锁', '查看', '确认', '继续办理', '用这张卡登录'];
  const found = (await targets(page)).filter(({ name }) => wanted.includes(name));
  const target = random.one(found);
  if (!target) return;
  did.push(`go on with ${target.name}`);
  await page.touchscreen.tap(target.x, target.y);
}

/** Types the card's PIN on the pad; now and then not to its end. */
async function typePin({ page, stack, random, did, card }: Walk): Promise<void> {
  const digits = page.locator('.pin-pad').last().getByRole('button');
  if (!card || !(await digits.first().isVisible())) return;
  const { pin } = stack.card(card);
  const typed = random.next() < 0.85 ? pin : pin.slice(0, random.within(0, 4));
  did.push(`type ${typed.length} digits`);
  for (const digit of typed) {
    await digits.filter({ hasText: new RegExp(`^${digit}$`) }).last().click();
  }
  for (const name of ['确定', '确认']) {
    const button = page.getByRole('button', { name, exact: true }).last();
    if (await button.isVisible()) await button.click({ timeout: 1_000 });
  }
}

async function insert(walk: Walk): Promise<void> {
  walk.card = walk.random.one(CARDS)!;
  walk.did.push(`insert ${walk.card}`);
  await walk.stack.insert(walk.card);
}

async function pull(walk: Walk): Promise<void> {
  walk.did.push('pull');
  walk.card = undefined;
  await walk.stack.pull();
}

async function wait({ page, random, time, did }: Walk): Promise<void> {
  const seconds = random.within(1, 15);
  did.push(`wait ${seconds} s`);
  await time.pass(page, seconds);
}

async function stay({ page, random, did }: Walk): Promise<void> {
  const milliseconds = random.within(50, 900);
  did.push(`${milliseconds} ms`);
  await page.waitForTimeout(milliseconds);
}

async function reload({ page, did }: Walk): Promise<void> {
  did.push('reload');
  await page.reload({ waitUntil: 'commit' });
}

async function killServer({ page, stack, random, did }: Walk): Promise<void> {
  const milliseconds = random.within(0, 1500);
  did.push(`no server for ${milliseconds} ms`);
  await stack.stopServer('SIGKILL');
  await page.waitForTimeout(milliseconds);
  await stack.startServer();
}

async function killBridge({ page, stack, random, did }: Walk): Promise<void> {
  const milliseconds = random.within(0, 1500);
  did.push(`no bridge for ${milliseconds} ms`);
  await stack.stopBridge();
  await page.waitForTimeout(milliseconds);
  await stack.startBridge(1);
}

async function cutNetwork({ page, random, did }: Walk): Promise<void> {
  const milliseconds = random.within(100, 1500);
  did.push(`no network for ${milliseconds} ms`);
  await page.context().setOffline(true);
  await page.waitForTimeout(milliseconds);
  await page.context().setOffline(false);
}

const STEPS = [
  [26, tap],
  [22, goOn],
  [16, typePin],
  [10, insert],
  [5, pull],
  [8, stay],
  [6, wait],
  [3, reload],
  [1, killServer],
  [1, killBridge],
  [2, cutNetwork],
] as const;

/** A page that is being loaded can't be asked or touched: that is no fault of its own. */
const isPassing = (error: unknown) =>
  /navigat|context was destroyed|ERR_|Timeout|detached|interrupted/i.test(String(error));

async function walk(walk: Walk): Promise<void> {
  await walk.page.goto('/kiosk');
  await walk.page.waitForTimeout(300);
  await insert(walk);
  for (let left = walk.random.within(4, 22); left > 0; left -= 1) {
    try {
      await walk.random.weighed(STEPS)(walk);
    } catch (error) {
      if (!isPassing(error)) throw error;
      walk.did.push('(the page was on its way)');
    }
    expect(walk.page.context().pages(), 'no other window is opened').toHaveLength(1);
  }
  // Half of the people take their card with them.
  if (walk.random.next() < 0.5) await pull(walk);
}

const isAtStart = async (page: Page) =>
  new URL(page.url()).pathname === '/kiosk' &&
  (await page.locator('.attract__title').count().catch(() => 0)) === 1;

/** What a terminal holds when nobody is at it: nothing of those who were. */
async function nothingIsLeft({ page, stack }: Walk): Promise<void> {
  const left = await page.evaluate(() =>
    [
      document.body.innerText,
      document.title,
      JSON.stringify({ ...sessionStorage }),
      JSON.stringify({ ...localStorage }),
      ...[...document.querySelectorAll('input')].map((input) => input.value),
      location.href,
    ].join('\n'),
  );
  const people = [...stack.demo.cards, ...stack.demo.operators];
  for (const { holder_name, card_no } of people) {
    expect(left).not.toContain(holder_name);
    if (card_no) expect(left).not.toContain(card_no);
  }
  for (const { pin } of stack.demo.cards) expect(left).not.toContain(pin);
  expect(left).not.toContain(stack.demo.enterprise);
  // Nor when somebody was here, and what for.
  expect(left).not.toContain('ticks');
  // Whatever cookie is still there opens nothing.
  const answer = await page.request.get('/portal', {
    maxRedirects: 0,
    headers: { accept: 'text/html' },
  });
  expect(answer.status()).toBe(302);
  expect(answer.headers().location).not.toContain('portal');
}

test('the wanderer always finds the terminal as it was before him', async ({ page, stack }) => {
  test.setTimeout(60_000 + WALKS * 40_000);
  const time = await Time.over(page.context());
  stack.environment = time.environment;
  await stack.configure(
    `[session]\nterminal_idle_seconds = ${IDLE}\n[http]\nlogins_per_minute = 10000`,
  );
  await stack.startBridge(1);
  page.on('download', () => {
    throw new Error('a terminal gave out a file');
  });
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error.stack)));
  let longest = 0;
  for (let number = 0; number < WALKS; number += 1) {
    const seed = SEED + number;
    const here: Walk = { page, stack, time, random: new Random(seed), did: [], card: undefined };
    await test.step(`walk ${seed}`, async () => {
      try {
        await walk(here);
        // Hands off.
        const passed = await time.pass(page, IDLE + FAREWELL + SLACK, () => isAtStart(page));
        longest = Math.max(longest, passed);
        expect(await isAtStart(page), `at ${page.url()} after ${passed} s`).toBe(true);
        await nothingIsLeft(here);
      } catch (error) {
        console.log(`walk ${seed}:\n  ${here.did.join('\n  ')}`);
        console.log(said.slice(-20).join('\n'));
        await page.screenshot({ path: `${process.env.IC_CARD_SCREENSHOTS}/wanderer-${seed}.png` });
        throw error;
      }
    });
    await stack.pull();
    expect((await page.request.get('/healthz')).status()).toBe(200);
  }
  console.log(`    ${WALKS} walks from seed ${SEED}: at the start after ${longest} s at the latest`);
});
