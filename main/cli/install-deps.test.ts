import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingPackages } from './install-deps';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3s-vm-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('missingPackages', () => {
  it('knows what is there by its program', async () => {
    for (const program of ['virsh', 'ssh', 'kubectl']) {
      writeFileSync(join(folder, program), '');
      chmodSync(join(folder, program), program === 'kubectl' ? 0o644 : 0o755);
    }
    const missing = await missingPackages({ PATH: `:${folder}` });
    expect(missing).toContain('kubectl');
    expect(missing).toContain('flock');
    expect(missing).not.toContain('libvirt');
    expect(missing).not.toContain('ssh');
  });
});
