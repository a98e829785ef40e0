// Debian's Firefox, by WebDriver BiDi: what Playwright calls Firefox is a build of its
// own, which no user has, and what it sends to others Debian's does not know.
import { expect } from '@playwright/test';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import type { Card } from '../support/stack.ts';

/** So long an element or a text may be on its way, as in Chromium's tests. */
const SOON = 15_000;

/** The dialog that is open. */
const DIALOG = 'dialog[open]';

/** A tab of its own browser. */
export class Firefox {
  private constructor(
    private readonly browser: Browser,
    private readonly page: Page,
    private readonly origin: string,
  ) {}

  static async start(origin: string): Promise<Firefox> {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: '/usr/bin/firefox-esr',
      headless: true,
      extraPrefsFirefox: { 'intl.accept_languages': 'zh-CN' },
    });
    const page = await browser.newPage();
    await page.setViewport({ width: 1366, height: 900 });
    page.setDefaultTimeout(SOON);
    return new Firefox(browser, page, origin);
  }

  async end(): Promise<void> {
    await this.browser.close();
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(this.origin + path);
  }

  /** Waits until the tab is at this path. */
  async isAt(path: string): Promise<void> {
    const at = (): string => new URL(this.page.url()).pathname;
    await expect.poll(at, { timeout: SOON }).toBe(path);
  }

  /** Waits until what `selector` finds says this. A page that is loaded anew has none. */
  async says(selector: string, text: string): Promise<void> {
    const said = async (): Promise<string> => {
      const all = await this.page.$$eval(selector, (found) => found.map((one) => one.textContent));
      return all.join('\n');
    };
    await expect.poll(() => said().catch(() => ''), { timeout: SOON }).toContain(text);
  }

  /** Waits until the dialog says this. */
  async asks(text: string): Promise<void> {
    await this.says(DIALOG, text);
  }

  /** Waits until there is no dialog any more. */
  async isAnswered(): Promise<void> {
    await this.page.waitForSelector(DIALOG, { hidden: true });
  }

  async click(role: 'button' | 'link', name: string, within = 'body'): Promise<void> {
    await this.page.locator(`${within} ::-p-aria([name="${name}"][role="${role}"])`).click();
  }

  /** Clicks a button of the dialog, when it may be clicked. */
  async answer(name: '确认' | '取消' | '确定' | '下一步'): Promise<void> {
    const button = `${DIALOG} button:not([aria-disabled="true"])`;
    await this.page.locator(`${button}::-p-text(${name})`).click();
  }

  /** Chooses one of the dialog's radio buttons, by its value. */
  async choose(value: string): Promise<void> {
    await this.page.locator(`${DIALOG} input[type="radio"][value="${value}"]`).click();
  }

  /** Fills the field of this label, in the dialog if there is one. */
  async fill(label: string, value: string): Promise<void> {
    const within = `//label[*[normalize-space(.)="${label}"]]//input`;
    const beside = `//input[@id=//label[normalize-space(.)="${label}"]/@for]`;
    await this.page.locator(`::-p-xpath(${within} | ${beside})`).fill(value);
  }

  /** Opens somebody's details from the list. */
  async view(holderName: string): Promise<void> {
    const link = `//tbody//tr[contains(., "${holderName}")]//a[contains(., "查看")]`;
    await this.page.locator(`::-p-xpath(${link})`).click();
    await this.says('h1', '操作员详细信息');
  }

  /** Logs in with a card that is in the reader. */
  async logIn(card: Card, leadsTo: string): Promise<void> {
    await this.goto('/login');
    await this.says('.card-status', '已检测到IC卡');
    await this.fill('登录密码', card.pin);
    await this.click('button', '确定');
    await this.isAt(leadsTo);
  }
}
