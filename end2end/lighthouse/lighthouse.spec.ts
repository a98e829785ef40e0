// What Lighthouse says of the login page and of a list, on a slow telephone as it imagines
// one: the median of five. A figure is printed, never asserted: machines differ.
import { chromium } from '@playwright/test';
import lighthouse from 'lighthouse';
import { logInLegalPerson, test } from '../support/test.ts';

const RUNS = 5;
const PORT = 9333;
const KINDS = ['performance', 'accessibility', 'best-practices', 'seo'] as const;

/** What a product for few, behind a login, does on purpose: it is found by no search. */
const NOT_MEANT = ['is-crawlable'];

const median = (all: number[]) => all.toSorted((one, other) => one - other)[all.length >> 1]!;

test('Lighthouse, mobile', async ({ stack, playwright }, info) => {
  await stack.startBridge(1);
  // The browser of the fixtures has no port for others.
  const context = await chromium.launchPersistentContext(info.outputPath('profile'), {
    ...info.project.use.launchOptions,
    args: [...(info.project.use.launchOptions?.args ?? []), `--remote-debugging-port=${PORT}`],
    baseURL: stack.origin,
    locale: 'zh-CN',
  });
  const measure = async (path: string) => {
    const scores: Record<string, number[]> = {};
    const faults = new Set<string>();
    for (let run = 0; run < RUNS; run += 1) {
      const result = await lighthouse(stack.origin + path, {
        port: PORT,
        output: 'json',
        logLevel: 'error',
        // The session stays.
        disableStorageReset: true,
        skipAudits: NOT_MEANT,
      });
      if (!result) throw new Error(`Lighthouse said nothing of ${path}`);
      const { categories, audits } = result.lhr;
      for (const kind of KINDS) (scores[kind] ??= []).push((categories[kind]?.score ?? 0) * 100);
      for (const { id, score, scoreDisplayMode } of Object.values(audits)) {
        if (scoreDisplayMode === 'binary' && score !== null && score < 1) faults.add(id);
      }
    }
    const said = KINDS.map((kind) => `${kind} ${median(scores[kind]!).toFixed(0)}`);
    const spread = scores['performance']!.map((score) => score.toFixed(0)).join(' ');
    console.log(`    ${path}: ${said.join(', ')} (performance ${spread})`);
    if (faults.size > 0) console.log(`      at fault: ${[...faults].join(', ')}`);
  };
  try {
    await measure('/login');
    const page = context.pages()[0] ?? (await context.newPage());
    await logInLegalPerson(page, stack);
    await page.goto('about:blank');
    await measure('/manage/renew');
    await measure('/manage/history');
  } finally {
    await context.close();
  }
});
