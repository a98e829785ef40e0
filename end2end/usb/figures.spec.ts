// What our driver costs beside the device it drives: the time between an answer of the key
// and the next command to it, where one program sends several; and how soon the page says
// that a key went or came. Printed beside the time of the transfers themselves, never judged:
// machines differ. Here there is no real processor, and all of it takes about ten times as long.
import { cardStatus } from '../support/test.ts';
import { expect, test } from './support.ts';

const ALIVE = { timeout: 100_000 };

/** A pause this long holds a round trip to the service, or a person. */
const OTHER_WORK = 60;

/** One message on the bus: when it was asked for and when it was there. */
interface Transfer {
  out: boolean;
  from: number;
  to: number;
}

declare global {
  interface Window {
    figures: { transfers: Transfer[]; events: { kind: string; at: number }[]; says: { text: string; at: number }[] };
  }
}

/** Runs in the page before anything of it. */
function measure(): void {
  const figures: Window['figures'] = { transfers: [], events: [], says: [] };
  window.figures = figures;
  type Real = (endpoint: number, rest: unknown) => Promise<unknown>;
  const browser = globalThis as unknown as {
    USBDevice?: { prototype: Record<'transferIn' | 'transferOut', Real> };
    navigator: { usb?: EventTarget };
  };
  const timed = (name: 'transferIn' | 'transferOut') => {
    const { prototype } = browser.USBDevice ?? {};
    // The empty page between two tests has none.
    if (!prototype) return;
    const real = prototype[name];
    const through = function (this: unknown, endpoint: number, rest: unknown) {
      const from = performance.now();
      const answer = real.call(this, endpoint, rest);
      // The other way in tells of cards that come and go, whenever they do.
      const note = () => void figures.transfers.push({ out: name === 'transferOut', from, to: performance.now() });
      if (endpoint !== 3) answer.then(note, () => undefined);
      return answer;
    };
    prototype[name] = through;
  };
  timed('transferIn');
  timed('transferOut');
  for (const kind of ['connect', 'disconnect']) {
    browser.navigator.usb?.addEventListener(kind, () => figures.events.push({ kind, at: performance.now() }));
  }
  document.addEventListener('DOMContentLoaded', () => {
    new MutationObserver(() => {
      const text = document.querySelector('.card-status')?.textContent ?? '';
      if (figures.says.at(-1)?.text !== text) figures.says.push({ text, at: performance.now() });
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

/** The middle one, and the one that nine of ten are below. */
function spread(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor(sorted.length * part)] ?? NaN).toFixed(1);
  return `${at(0.5)} ms (p90 ${at(0.9)}, of ${values.length})`;
}

test('what the driver costs beside its device', async ({ page, stack, key }) => {
  await page.addInitScript(measure);
  const { holder_name } = stack.card('legal-person');
  const one = await key('legal-person', { serial: 'KEY-A' });
  await one.insert();
  await page.goto('/login');
  await expect(cardStatus(page)).toContainText(`已检测到IC卡：${holder_name}`, ALIVE);

  const transfers = await page.evaluate(() => window.figures.transfers);
  transfers.sort((a, b) => a.from - b.from);
  const device: number[] = [];
  const ours: number[] = [];
  let asked: Transfer | undefined;
  let answered: Transfer | undefined;
  for (const transfer of transfers) {
    if (transfer.out) {
      const pause = answered && transfer.from - answered.to;
      if (pause !== undefined && pause < OTHER_WORK) ours.push(pause);
      asked = transfer;
    } else {
      if (asked) device.push(transfer.to - asked.from);
      answered = transfer;
    }
  }
  expect(device.length).toBeGreaterThan(3);
  console.log(`    a command there and its answer back: ${spread(device)}`);
  console.log(`    the driver, from an answer to the next command: ${spread(ours)}`);

  for (const kind of ['disconnect', 'connect']) {
    await (kind === 'connect' ? one.insert() : one.pull());
    const known = (): Promise<number | undefined> =>
      page.evaluate((kind) => {
        const { events, says } = window.figures;
        const event = events.findLast((event) => event.kind === kind);
        const said = event && says.find(({ at }) => at >= event.at);
        return said && event ? said.at - event.at : undefined;
      }, kind);
    await expect.poll(known, ALIVE).toBeDefined();
    console.log(`    from the browser's ${kind} to what the page says: ${(await known())?.toFixed(0)} ms`);
  }
});
