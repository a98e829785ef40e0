// CCID by hand, in the page, over `navigator.usb` as it is: what the product's own code is
// not asked for. A few frames of CCID 1.1, no more than the tests of the device need.
import type { Page } from '@playwright/test';

/** Of `@types/w3c-web-usb`, what is used here. */
interface Transfer {
  data?: DataView;
  status: string;
}
interface Device {
  productName?: string;
  serialNumber?: string;
  opened: boolean;
  configuration: { interfaces: { alternate: { interfaceClass: number } }[] } | null;
  open(): Promise<void>;
  close(): Promise<void>;
  selectConfiguration(value: number): Promise<void>;
  claimInterface(number: number): Promise<void>;
  transferOut(endpoint: number, data: Uint8Array): Promise<Transfer>;
  transferIn(endpoint: number, length: number): Promise<Transfer>;
}
interface Usb extends EventTarget {
  getDevices(): Promise<Device[]>;
}

/** What a message of the device says. */
export interface Answer {
  kind: number;
  status: number;
  error: number;
  data: number[];
}

/** What is done in the page. */
export interface Probe {
  events: string[];
  devices(): Promise<{ name: string; serial: string }[]>;
  open(serial: string): Promise<{ name: string; class: number }>;
  /** The name and the text of the error, if it can't be opened. */
  refusal(serial: string): Promise<string>;
  exchange(serial: string, kind: number, data?: number[]): Promise<Answer>;
  /** Milliseconds of each of so many exchanges of ten bytes. */
  measure(serial: string, times: number): Promise<number[]>;
  /** Waits for what does not come, and gives the error's name and text when that fails. */
  listen(serial: string): void;
  ended: Promise<string>;
}

declare global {
  interface Window {
    probe: Probe;
  }
}

/** Puts the probe into each document that the page opens. */
export async function install(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { usb } = navigator as unknown as { usb: Usb };
    const opened = new Map<string, Device>();
    const say = (error: unknown): string => {
      const { name, message } = error as Error;
      return `${name}: ${message}`;
    };
    let seq = 0;
    const find = async (serial: string): Promise<Device> => {
      const found = (await usb.getDevices()).find((device) => device.serialNumber === serial);
      if (!found) throw new Error(`no key ${serial}`);
      return found;
    };
    const held = (serial: string): Device => {
      const device = opened.get(serial);
      if (!device) throw new Error(`${serial} is not open`);
      return device;
    };
    const probe: Probe = {
      events: [],
      ended: Promise.resolve(''),
      devices: async () =>
        (await usb.getDevices()).map((device) => ({
          name: device.productName ?? '',
          serial: device.serialNumber ?? '',
        })),
      open: async (serial) => {
        const device = await find(serial);
        await device.open();
        await device.selectConfiguration(1);
        await device.claimInterface(0);
        opened.set(serial, device);
        const first = device.configuration?.interfaces[0];
        return { name: device.productName ?? '', class: first?.alternate.interfaceClass ?? -1 };
      },
      refusal: async (serial) => {
        const device = await find(serial);
        try {
          await probe.open(serial);
          return '';
        } catch (error) {
          return say(error);
        } finally {
          if (device.opened) await device.close();
        }
      },
      exchange: async (serial, kind, data = []) => {
        const device = held(serial);
        seq = (seq + 1) & 0xff;
        const head = [kind, data.length & 0xff, data.length >> 8, 0, 0, 0, seq, 0, 0, 0];
        await device.transferOut(1, new Uint8Array([...head, ...data]));
        const { data: said } = await device.transferIn(2, 4096);
        const bytes = new Uint8Array(said?.buffer ?? new ArrayBuffer(0));
        if (bytes[6] !== seq) throw new Error(`an answer to ${bytes[6]}, not to ${seq}`);
        const [answered = 0, , , , , , , status = 0, error = 0] = bytes;
        return { kind: answered, status, error, data: [...bytes.slice(10)] };
      },
      measure: async (serial, times) => {
        const taken: number[] = [];
        for (let round = 0; round < times; round += 1) {
          const start = performance.now();
          await probe.exchange(serial, 0x65);
          taken.push(performance.now() - start);
        }
        return taken.sort((a, b) => a - b);
      },
      listen: (serial) => {
        probe.ended = held(serial)
          .transferIn(2, 64)
          .then(({ status }) => status, say);
      },
    };
    // Where there is one: `about:blank` has none.
    for (const kind of ['connect', 'disconnect']) {
      usb?.addEventListener(kind, (event) => {
        const { device } = event as unknown as { device: Device };
        probe.events.push(`${kind} ${device.serialNumber}`);
      });
    }
    window.probe = probe;
  });
}
