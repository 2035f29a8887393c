import { DeliveryError } from './delivery-error';

/** What comes of it, unless it takes longer. @throws DeliveryError that may pass */
export async function withinTime<T>(work: Promise<T>, timeoutMs: number, who: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new DeliveryError(`${who}: no answer in time`, { isPermanent: false }));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
