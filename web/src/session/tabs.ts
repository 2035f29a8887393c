import type { TabNews } from './token-keeper';

const NEWS: readonly TabNews[] = ['signed_in', 'signed_out', 'renewed'];

/** What tabs tell each other: news without a token in it. */
export class Tabs {
  private readonly channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('countersign') : undefined;

  tell(news: TabNews): void {
    this.channel?.postMessage(news);
  }

  listen(hear: (news: TabNews) => void): void {
    this.channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      const news = NEWS.find((each) => each === data);
      if (news !== undefined) hear(news);
    });
  }
}
