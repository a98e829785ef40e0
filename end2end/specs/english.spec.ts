// English: chosen in the page, remembered by it, and complete. Whatever a person sees or hears
// of a page is walked through; only what people and enterprises are called stays Chinese.
import { shoot } from '../support/shots.ts';
import { type Stack } from '../support/stack.ts';
import { armed, cardStatus, dialogOf, expect, test, type Locator, type Page } from '../support/test.ts';

/** Everything of a page that is seen or read out and is Chinese, but names and what is marked so. */
async function chinese(page: Page, names: string[]): Promise<string[]> {
  return await page.evaluate((names) => {
    const HAN = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/;
    const ATTRIBUTES = ['aria-label', 'aria-description', 'aria-roledescription', 'alt', 'title', 'placeholder', 'data-name', 'label'];
    const without = (text: string) => names.reduce((text, name) => text.replaceAll(name, ''), text);
    const found: string[] = [];
    const look = (text: string | null, where: Element) => {
      if (text && HAN.test(without(text))) found.push(`${where.className || where.tagName}: ${text.trim()}`);
    };
    look(document.title, document.documentElement);
    const walk = (element: Element) => {
      if (element.matches('script, style, [lang="zh-CN"]')) return;
      for (const name of ATTRIBUTES) look(element.getAttribute(name), element);
      for (const child of element.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) look(child.textContent, element);
        else if (child instanceof Element) walk(child);
      }
    };
    walk(document.body);
    return found;
  }, names);
}

/** What people and enterprises of the demo are called. */
const namesOf = (stack: Stack) => [
  stack.demo.enterprise,
  ...stack.demo.cards.map((card) => card.holder_name),
];

const choose = (page: Page, language: 'English' | '中文') =>
  page.getByRole('button', { name: language, exact: true }).click();

const field = (within: Page | Locator, name: string) => within.getByLabel(name, { exact: true });

const button = (within: Page | Locator, name: string) => within.getByRole('button', { name, exact: true });

async function confirm(page: Page, name = 'Confirm'): Promise<void> {
  const wanted = button(dialogOf(page), name);
  await armed(wanted);
  await wanted.click();
}

test('English is chosen, remembered, and complete', async ({ page, stack }) => {
  test.slow();
  await stack.startBridge();
  const card = await stack.insert('legal-person');
  const names = namesOf(stack);
  const isEnglish = async (what: string) => {
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    expect.soft(await chinese(page, names), what).toEqual([]);
  };
  const looked = async (what: string) => {
    await isEnglish(what);
    await shoot(page, `english-${what}`);
  };

  await page.goto('/login');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await choose(page, 'English');
  await expect(page).toHaveURL(/\/login$/);
  await expect(cardStatus(page)).toContainText('An IC card is in the reader:');
  await looked('login');
  await page.reload();
  await expect(cardStatus(page)).toContainText('An IC card is in the reader:');

  // A PIN that is wrong.
  await field(page, 'PIN').fill('000001');
  await button(page, 'OK').click();
  await expect(page.getByRole('alert')).toContainText('The PIN is wrong: 2 tries left.');
  await looked('wrong-pin');

  await field(page, 'PIN').fill(card.pin);
  await button(page, 'OK').click();
  await expect(page).toHaveURL(/\/portal$/);
  await expect(page.getByTitle('Card reader status')).toContainText(/^IC card:/);
  await looked('portal');

  for (const [path, heading] of [
    ['/manage', 'IC Card Self-Service'],
    ['/manage/renew', 'Renew'],
    ['/manage/report-loss', 'Report lost'],
    ['/manage/cancel-loss', 'Cancel loss report'],
    ['/manage/freeze', 'Freeze'],
    ['/manage/unfreeze', 'Unfreeze'],
    ['/manage/unlock', 'Unblock'],
    ['/manage/history', 'Records'],
    ['/help', 'Help'],
    ['/environment', 'System check'],
    ['/nowhere', 'This page was not found'],
  ] as const) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
    await looked(path.slice(1).replaceAll('/', '-'));
  }

  // A card is frozen.
  await page.goto('/manage/freeze');
  await page.locator('[data-row]').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Operator card details');
  await expect(page.getByTitle('Card reader status')).toContainText(/^IC card:/);
  await looked('card');
  await button(page, 'Freeze').click();
  await isEnglish('why');
  await shoot(page, 'english-why');
  await dialogOf(page).getByRole('radio', { name: /^Off duty/ }).check();
  await button(dialogOf(page), 'Next').click();
  await expect(dialogOf(page)).toContainText('Do you want to go ahead with the freeze?');
  await looked('question');
  await confirm(page);
  await expect(dialogOf(page)).toContainText('Please confirm the freeze once more');
  await expect(dialogOf(page)).toContainText('Reason: Off duty');
  // What is signed is Chinese, to the letter, and says so to a screen reader.
  await expect(dialogOf(page).locator('blockquote[lang="zh-CN"]')).toContainText('原因：离岗');
  await looked('statement');
  await confirm(page);
  await expect(dialogOf(page)).toContainText('Successfully frozen');
  await looked('frozen');
  await button(dialogOf(page), 'Confirm').click();
  await expect(page.getByRole('main')).toContainText('Frozen');
  await isEnglish('frozen card');

  // And stands in the records.
  await page.goto('/manage/history/all');
  await expect(page.getByRole('main')).toContainText('Freeze');
  await looked('records');
  await page.locator('[data-row]').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Details of a record');
  await expect(page.getByRole('main')).toContainText('Reason: Off duty');
  await looked('record');

  await button(page.getByRole('banner'), 'Log out').click();
  await expect(page.getByRole('main')).toContainText('You are safely logged out');
  await looked('logged-out');
  await choose(page, '中文');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
});

test('English works without a script', async ({ browser, stack }) => {
  const context = await browser.newContext({ baseURL: stack.origin, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/environment');
  await choose(page, 'English');
  await expect(page).toHaveURL(/\/environment$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('System check');
  await context.close();
});
