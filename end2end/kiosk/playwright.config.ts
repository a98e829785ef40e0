// The terminal's start script under a bare X, without any window manager.
// `cargo xtask test kiosk-shell` runs it.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  outputDir: '../../target/e2e/kiosk-results',
  workers: 1,
  forbidOnly: true,
  retries: 0,
  // Every kill has its own limit.
  timeout: 60 * 60_000,
  reporter: [['list']],
});
