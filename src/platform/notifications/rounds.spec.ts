import { Rounds } from './rounds';

/** Rounds that end when the test says so. */
function held() {
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const failed = jest.fn();
  const round = jest.fn(() => new Promise<void>((resolve, reject) => ends.push({ resolve, reject })));
  return { rounds: new Rounds(round, failed), round, failed, ends };
}

describe('Rounds', () => {
  it('are never two at once; whoever asks meanwhile gets one more, however often', async () => {
    const { rounds, round, ends } = held();
    rounds.ask();
    rounds.ask();
    rounds.ask();
    expect(round).toHaveBeenCalledTimes(1);
    const settled = rounds.settled();
    ends[0]!.resolve();
    await Promise.resolve();
    expect(round).toHaveBeenCalledTimes(2);
    ends[1]!.resolve();
    await settled;
    expect(round).toHaveBeenCalledTimes(2);
  });

  it('tell of a failure, and go on when asked', async () => {
    const { rounds, round, failed, ends } = held();
    rounds.ask();
    const error = new Error('no database');
    ends[0]!.reject(error);
    await rounds.settled();
    expect(failed).toHaveBeenCalledWith(error);
    rounds.ask();
    expect(round).toHaveBeenCalledTimes(2);
    ends[1]!.resolve();
    await rounds.settled();
  });

  it('stop after the one that runs', async () => {
    const { rounds, round, ends } = held();
    rounds.ask();
    const stopped = rounds.stop();
    rounds.ask();
    expect(rounds.isStopping).toBe(true);
    ends[0]!.resolve();
    await stopped;
    rounds.ask();
    expect(round).toHaveBeenCalledTimes(1);
  });
});
