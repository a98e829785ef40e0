// The pages in Debian's Chromium, and once in its Firefox, on the real stack. `cargo xtask test e2e`
// builds what is tested here and sets the environment.
import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';

/** A desk, as in the manual. */
const DESK = { viewport: { width: 1366, height: 900 } };

/** A terminal: a touch screen on end. */
const KIOSK = { viewport: { width: 1080, height: 1920 }, hasTouch: true };

const config: PlaywrightTestConfig = {
  testDir: 'specs',
  outputDir: '../target/e2e/results',
  snapshotPathTemplate: 'aria/{arg}{ext}',
  globalSetup: './support/setup.ts',
  // One pair of virtual readers, one bridge: one test at a time.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    trace: 'off',
    launchOptions: {
      executablePath: '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'desk', use: DESK, testIgnore: 'terminal*.spec.ts' },
    { name: 'kiosk', use: KIOSK, testMatch: ['gallery.spec.ts', 'operations.spec.ts', 'history.spec.ts', 'terminal*.spec.ts', 'offline.spec.ts'] },
    { name: 'firefox', testDir: 'firefox', timeout: 120_000 },
  ],
};

export default defineConfig(config);
