// A picture of what is on the screen, and axe's opinion of it: as it is, in each scheme that
// a system may wish, and as narrow as a page is at 400 %.
import { AxeBuilder } from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { screenshots } from './paths.ts';

/** What a system may wish. */
const SCHEMES = [
  { called: 'dark', media: { colorScheme: 'dark' } },
  { called: 'forced', media: { forcedColors: 'active' } },
] as const;

/** A window of 1280 × 1024 at 400 %: no page is wider than its 320 px (WCAG 1.4.10). */
const NARROW = { width: 320, height: 256 } as const;

/** As long as the looks of one picture take on a machine that does more besides. */
const TIME_MS = 12_000;

/** At a desk only: the screen of a terminal is what it is. */
const DESK = 1366;

/** Axe's opinion, no rule left out. */
async function judge(page: Page, what: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`,
  );
  expect.soft(found, `axe on ${what}`).toEqual([]);
}

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots(), { recursive: true });
  // A browser that was not started for the test has the size of its own window.
  const { width, height } =
    page.viewportSize() ?? (await page.evaluate(() => ({ width: innerWidth, height: innerHeight })));
  const file = `${name}-${width}x${height}.png`;
  const fullPage = name.startsWith('styleguide');
  await page.screenshot({ path: join(screenshots(), file), animations: 'disabled', fullPage });
}

/** What makes the page wider than its window; nothing where it is not. */
export const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    const isOut = (element: Element) => element.getBoundingClientRect().right > innerWidth + 0.5;
    return [...document.body.querySelectorAll('*')].filter(isOut).map((element) => element.className);
  });

/**
 * Cells of a row that lie over each other: what axe does not see. A column that stays in sight
 * while the others move under it is meant to.
 */
const overlaps = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const shown = (row: Element) =>
      [...row.children]
        .filter((cell) => getComputedStyle(cell).position !== 'sticky')
        .map((cell) => ({ text: cell.textContent, box: cell.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 1 && box.height > 1);
    return [...document.querySelectorAll('tbody tr')].slice(0, 3).flatMap((row) =>
      shown(row).flatMap((one, place, all) =>
        all
          .slice(place + 1)
          .filter(
            ({ box }) =>
              Math.min(one.box.right, box.right) - Math.max(one.box.left, box.left) > 1 &&
              Math.min(one.box.bottom, box.bottom) - Math.max(one.box.top, box.top) > 1,
          )
          .map((other) => `${one.text} under ${other.text}`),
      ),
    );
  });

/** The same as it is alone, for what does not stay as long as its other looks take. */
export async function snap(page: Page, name: string): Promise<void> {
  await picture(page, name);
  await judge(page, name);
  expect.soft(await overlaps(page), name).toEqual([]);
}

/** Writes `<name>-<width>x<height>.png` and has axe judge, in each look that it can have. */
export async function shoot(page: Page, name: string): Promise<void> {
  const info = test.info();
  info.setTimeout(info.timeout + TIME_MS);
  await snap(page, name);
  const isPaper = await page.evaluate(() => matchMedia('print').matches);
  const size = page.viewportSize();
  if (isPaper || !size) return;
  // No colour is judged on its way to another.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const { called, media } of SCHEMES) {
    await page.emulateMedia(media);
    await picture(page, `${name}-${called}`);
    await judge(page, `${name}, ${called}`);
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none' });
  }
  if (size.width !== DESK) return;
  await page.setViewportSize(NARROW);
  await judge(page, `${name} at 400 %`);
  expect.soft(await tooWide(page), `${name} at 400 %`).toEqual([]);
  expect.soft(await overlaps(page), `${name} at 400 %`).toEqual([]);
  await page.setViewportSize(size);
}
