// What assistive technology is told of a screen, kept as data (`end2end/aria/`): who changes a
// role, a name, a state or an order sees it there, and so does who reviews it. A screen whose file
// is missing has it written, and fails once, to be looked at.
import { expect, type Page } from '@playwright/test';

/** Keys, hashes and numbers are another run's; the level of a heading is not. */
const ofThisRun: [RegExp, string][] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'KEY'],
  [/\b[0-9A-Fa-f]{16,}\b/g, 'HASH'],
  [/(?<!level=)\d+/g, '0'],
];

/** An address as a person reads it. */
const readable = (told: string) => told.replace(/(%[0-9A-F]{2})+/g, decodeURIComponent);

export async function expectTold(page: Page, name: string): Promise<void> {
  const told = readable(await page.locator('body').ariaSnapshot());
  const same = ofThisRun.reduce((text, [what, as]) => text.replace(what, as), told);
  expect.soft(`${same}\n`).toMatchSnapshot(`${name}.yml`);
}
