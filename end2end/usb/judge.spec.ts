// Debian's pcscd with libccid, which nobody here wrote, takes our key for a reader with a
// card in it, at each level of exchange: OpenSC reads the card and has it sign, and
// yubico-piv-tool, which speaks T=1 only, reads it too.
import type { KeyOptions } from './key.ts';
import type { Machine } from './machine.ts';
import { expect, test } from './support.ts';

/** The card's own answer to reset, which passes with whole APDUs. */
const OWN = '3b:8a:01:80:73:c0:01:c0:54:56:50:49:56:34';

/** The levels, and what the card answers to a reset. */
const LEVELS: [KeyOptions, string][] = [
  // So that a certificate does not fit into one message.
  [{ level: 'extended', longestMessage: 271 }, OWN],
  [{ level: 'short' }, OWN],
  [{ level: 't1' }, '3b:8a:81:11:fe:80:73:c0:01:c0:54:56:50:49:56:5b'],
  [{ level: 't0' }, '3b:0a:80:73:c0:01:80:54:56:50:49:56'],
];

/** What libccid calls it. */
const READER = 'Virtual PIV key';

const PRESENT = new RegExp(`Yes .*${READER}`);
const OFTEN = { intervals: [300] };

const MODULE = '/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so';

/** What the card signs, and what is left of that. */
const FOLDER = '/run/judge';

const readers = (machine: Machine): Promise<string> => machine.run('opensc-tool --list-readers');

test.beforeEach(async ({ machine }) => {
  if ((await machine.run('pidof pcscd || true')) !== '') return;
  // libccid knows the readers that were tried with it; ours is told to it as an
  // administrator does it, in its list of vendors, products and names.
  const add = (list: string, value: string): string =>
    `sed -i '/<key>${list}</{n;s|$|<string>${value}</string>|}' /etc/libccid_Info.plist`;
  const script = [
    add('ifdVendorID', '0x1209'),
    add('ifdProductID', '0x0001'),
    add('ifdFriendlyName', READER),
    `mkdir -p ${FOLDER}/readers; printf '%032d' 7 >${FOLDER}/digest`,
    // No readers but those on USB.
    `pcscd --foreground --config ${FOLDER}/readers >${FOLDER}/log 2>&1 3>&- 4>&- &`,
  ];
  await machine.run(script.join('\n'));
});

test.afterEach(async ({ machine }, info) => {
  if (info.status === info.expectedStatus) return;
  console.log(await machine.run(`cat ${FOLDER}/log`));
});

test('libccid reads the card at every level of exchange', async ({ machine, key, stack }) => {
  const { pin } = stack.card('legal-person');
  const certificates = new Set<string>();
  for (const [options, atr] of LEVELS) {
    await test.step(`${options.level}`, async () => {
      const start = Date.now();
      const one = await key('legal-person', { class: '0b', ...options });
      await one.insert();
      await expect.poll(() => readers(machine), OFTEN).toMatch(PRESENT);
      expect(await machine.run('opensc-tool --atr')).toContain(atr);
      const name = await machine.run('opensc-tool --name');
      expect(name).toContain('Personal Identity Verification Card');

      const certificate = `${FOLDER}/certificate`;
      const read = `pkcs15-tool --read-certificate 01 2>/dev/null | tee ${certificate}`;
      certificates.add(await machine.run(read));
      const files = `--input-file ${FOLDER}/digest --output-file ${FOLDER}/signature`;
      const how = `--mechanism ECDSA --signature-format openssl ${files}`;
      const sign = `pkcs11-tool --module ${MODULE} --login --pin ${pin} --sign --id 01 ${how}`;
      const verify = `openssl pkeyutl -verify -certin -inkey ${certificate}`;
      await machine.run(`rm -f ${FOLDER}/signature; ${sign}`);
      await machine.run(`${verify} -sigfile ${FOLDER}/signature -in ${FOLDER}/digest`);
      if (options.level !== 't0') {
        const status = await machine.run(`yubico-piv-tool -r '${READER}' -a status`);
        expect(status).toMatch(/Slot 9a:/i);
      }
      await one.end();
      await expect.poll(() => readers(machine), OFTEN).not.toContain(READER);
      console.log(`    ${options.level}: read and signed in ${((Date.now() - start) / 1000).toFixed(1)} s`);
    });
  }
  // The same card, whichever way.
  expect([...certificates]).toEqual([expect.stringContaining('BEGIN CERTIFICATE')]);
});

test('libccid waits for a card that asks for time', async ({ machine, key }) => {
  for (const level of ['extended', 't1'] as const) {
    const one = await key('legal-person', { class: '0b', level, slow: 250, patience: 100 });
    await one.insert();
    await expect.poll(() => readers(machine), OFTEN).toMatch(PRESENT);
    const select = await machine.run("opensc-tool --send-apdu '00:A4:04:00:05:A0:00:00:03:08'");
    expect(select).toContain('SW1=0x90, SW2=0x00');
    await one.end();
    await expect.poll(() => readers(machine), OFTEN).not.toContain(READER);
  }
});
