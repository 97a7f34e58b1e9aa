// Starts the built binary on a fresh folder with a person for each role, and stops it when the tests are done.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const PASSWORD = 'a long enough sentence';
export const ROLES = ['super_admin', 'content_manager', 'prompt_engineer', 'analyst', 'viewer'];

const binary = process.env.PROMPTORY_BINARY ?? 'target/debug/promptory';

// Starts `promptory serve` and resolves with its address, its set-up link and what ends it.
export function start(folder) {
  const server = spawn(binary, ['serve', '--address', '127.0.0.1:0', '--data', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    let printed = '';
    server.stdout.on('data', (bytes) => {
      printed += bytes;
      const url = /open\s+(http\S+)/.exec(printed)?.[1];
      const done = printed.includes('API ') && printed.endsWith('\n');
      if (url && done) {
        // The set-up link is the last line, when there is one.
        setTimeout(() => resolve({ url, setup: /set up\s+(http\S+)/.exec(printed)?.[1], stop: () => server.kill('SIGTERM') }), 300);
      }
    });
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${printed}`)));
  });
}

export function cli(folder, args, input = '') {
  return execFileSync(binary, [...args, '--data', folder], { input }).toString().trim();
}

// A server on a fresh folder with a person for each of the roles; the folder goes with it.
export async function startFresh(roles = []) {
  const folder = mkdtempSync(join(tmpdir(), 'promptory-end2end-'));
  for (const role of roles) cli(folder, ['user', 'create', `${role}@example.com`, '--role', role], PASSWORD);
  const server = await start(folder);
  const stop = () => {
    server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...server, folder, stop };
}

export default async function () {
  const { url, folder, stop } = await startFresh(ROLES);
  process.env.PROMPTORY_TEST_URL = url;
  process.env.PROMPTORY_TEST_FOLDER = folder;
  return stop;
}
