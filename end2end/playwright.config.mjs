import { defineConfig } from '@playwright/test';

// Debian's Chromium, without what it would call home for.
const args = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-quic', '--no-first-run',
  '--disable-features=OptimizationHints,MediaRouter,Translate',
];

export default defineConfig({
  testDir: '.',
  timeout: 180_000,
  expect: { timeout: 20_000 },
  workers: 2,
  retries: 0,
  forbidOnly: true,
  reporter: [['list']],
  outputDir: '../target/end2end',
  globalSetup: './server.mjs',
  use: {
    launchOptions: { executablePath: '/usr/bin/chromium-headless-shell', args },
    viewport: { width: 1440, height: 900 },
    // Half-way through a change of colour, text has a contrast that nobody is to read it at.
    contextOptions: { reducedMotion: 'reduce' },
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'browser', testMatch: /\.spec\.mjs$/, testIgnore: /nojs/ },
    { name: 'without JavaScript', testMatch: /nojs\.spec\.mjs$/, use: { javaScriptEnabled: false } },
  ],
});
