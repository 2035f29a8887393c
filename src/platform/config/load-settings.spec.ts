import { IsIn, IsInt, IsString, Max } from 'class-validator';
import { loadSettings, SettingsError } from './load-settings';
import { Setting } from './setting.decorator';

class SampleSettings {
  @Setting({ name: 'SAMPLE_COUNT', default: '3', type: 'integer', description: 'How many, at most 9.' })
  @IsInt()
  @Max(9)
  count!: number;

  @Setting({ name: 'SAMPLE_MODE', default: 'slow', description: '`slow` or `fast`.' })
  @IsIn(['slow', 'fast'])
  mode!: string;

  @Setting({ name: 'SAMPLE_FLAG', default: 'false', type: 'boolean', description: 'Whether.' })
  flag!: boolean;

  @Setting({ name: 'SAMPLE_LIST', type: 'list', description: 'Which, comma-separated.' })
  list: string[] = [];

  @Setting({ name: 'SAMPLE_LABEL', default: (env) => `mode ${env['SAMPLE_MODE'] ?? 'slow'}`, description: 'Name.' })
  @IsString()
  label!: string;
}

function load(env: Record<string, string | undefined>): SampleSettings {
  return loadSettings([SampleSettings], env).get(SampleSettings) as SampleSettings;
}

function refusalOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('It was accepted');
}

describe(loadSettings.name, () => {
  it('takes defaults where nothing is said', () => {
    expect(load({})).toEqual({ count: 3, mode: 'slow', flag: false, list: [], label: 'mode slow' });
  });

  it('takes an empty or blank variable for none, also where another default looks at it', () => {
    const blank = { SAMPLE_COUNT: '', SAMPLE_MODE: ' ', SAMPLE_FLAG: '', SAMPLE_LIST: '', SAMPLE_LABEL: '' };
    expect(load(blank)).toEqual(load({}));
  });

  it('reads numbers, switches and lists, with blanks around them', () => {
    const env = { SAMPLE_COUNT: ' 7 ', SAMPLE_FLAG: 'On', SAMPLE_LIST: 'a, b,,c ', SAMPLE_MODE: 'fast' };
    expect(load(env)).toEqual({ count: 7, mode: 'fast', flag: true, list: ['a', 'b', 'c'], label: 'mode fast' });
  });

  it.each(['-1', '1.5', '1e1', '0x5', '3 apples', '99999999999999999999'])('takes %s for no whole number', (text) => {
    expect(refusalOf(() => load({ SAMPLE_COUNT: text }))).toContain('SAMPLE_COUNT');
  });

  it('names every wrong variable together with what it takes, and no value', () => {
    const message = refusalOf(() => load({ SAMPLE_COUNT: '4711', SAMPLE_MODE: 'hunter2' }));
    expect(message).toMatch(/SAMPLE_COUNT: .*How many, at most 9\./);
    expect(message).toMatch(/SAMPLE_MODE: .*`slow` or `fast`\./);
    expect(message).not.toMatch(/4711|hunter2/);
  });

  it('checks across settings only when each is right by itself', () => {
    const crossCheck = () => ['SAMPLE_LABEL: does not go with SAMPLE_MODE.'];
    const wrongAlone = refusalOf(() => loadSettings([SampleSettings], { SAMPLE_COUNT: 'x' }, crossCheck));
    expect(wrongAlone).not.toContain('SAMPLE_LABEL');
    expect(refusalOf(() => loadSettings([SampleSettings], {}, crossCheck))).toContain('SAMPLE_LABEL: does not go');
  });
});
