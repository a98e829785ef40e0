// A picture of what is on the screen, and axe's opinion of it.
import { AxeBuilder } from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { screenshots } from './paths.ts';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];

/** Writes `<name>-<width>x<height>.png` and checks WCAG 2.2 AA, no rule left out. */
export async function shoot(page: Page, name: string): Promise<void> {
  // A browser that was not started for the test has the size of its own window.
  const size =
    page.viewportSize() ?? (await page.evaluate(() => ({ width: innerWidth, height: innerHeight })));
  mkdirSync(screenshots(), { recursive: true });
  const file = `${name}-${size.width}x${size.height}.png`;
  await page.screenshot({ path: join(screenshots(), file), animations: 'disabled' });
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  const found = violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' | ')}`,
  );
  expect.soft(found, `axe on ${name}`).toEqual([]);
}
