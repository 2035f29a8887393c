import type { ArgumentMetadata } from '@nestjs/common';
import { DomainError } from '../../platform/errors/domain-error';
import { AT_A_GLANCE, strictValidation } from '../../platform/errors/validation';
import { RefreshDto } from './refresh.dto';

/** The same fields, and no glance. */
class FullyValidated extends RefreshDto {
  static override [AT_A_GLANCE](): undefined {
    return undefined;
  }
}

const pipe = strictValidation();
const validated = async (body: unknown, metatype: ArgumentMetadata['metatype']) => {
  const dto = (await pipe.transform(body, { type: 'body', metatype })) as object;
  return { ...dto };
};

const token = (length: number) => 'x'.repeat(length);
const FITTING: [string, object][] = [
  ['a token', { refreshToken: 'csr_abc' }],
  ['an empty text', { refreshToken: '' }],
  ['the longest text', { refreshToken: token(512) }],
  // class-validator counts a pair of surrogates as one.
  ['a longer text of as many characters', { refreshToken: '\u{1f512}'.repeat(512) }],
  ['nothing', {}],
  ['undefined', { refreshToken: undefined }],
];
const UNFIT: [string, unknown][] = [
  ['a text that is too long', { refreshToken: token(513) }],
  ['null', { refreshToken: null }],
  ['a number', { refreshToken: 7 }],
  ['a list', { refreshToken: ['csr_abc'] }],
  ['an object', { refreshToken: { length: 3 } }],
  ['a field too many', { refreshToken: 'csr_abc', other: 1 }],
  ['another field', { other: 1 }],
  ['a list of bodies', [{ refreshToken: 'csr_abc' }]],
  ['text', 'csr_abc'],
];

describe(RefreshDto.name, () => {
  it.each(FITTING)('takes %s as the validators do', async (_, body) => {
    const dto = await pipe.transform(structuredClone(body), { type: 'body', metatype: RefreshDto });
    expect(dto).toBeInstanceOf(RefreshDto);
    expect({ ...(dto as object) }).toEqual(await validated(structuredClone(body), FullyValidated));
  });

  it.each(UNFIT)('refuses %s as the validators do', async (_, body) => {
    expect(RefreshDto[AT_A_GLANCE](body)).toBeUndefined();
    const refusal = async (metatype: typeof RefreshDto) => {
      const error: unknown = await validated(structuredClone(body), metatype).catch((thrown: unknown) => thrown);
      if (!(error instanceof DomainError)) throw new Error('not refused');
      return { code: error.code, ...error.options };
    };
    const refused = await refusal(RefreshDto);
    expect(refused).toMatchObject({ code: 'validation_failed' });
    expect(refused).toEqual(await refusal(FullyValidated));
  });

  it('looks at every token at a glance', () => {
    expect(RefreshDto[AT_A_GLANCE]({ refreshToken: 'csr_abc' })).toEqual({ refreshToken: 'csr_abc' });
  });
});
