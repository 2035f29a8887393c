import { basicCredentials } from './basic-credentials';

const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;

describe(basicCredentials, () => {
  it('reads the example of RFC 7617 §2', () => {
    // Its secret has a space in it, which no client of RFC 6749 sends bare; it is read all the same.
    expect(basicCredentials('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')).toEqual({ id: 'Aladdin', secret: 'open sesame' });
  });

  it('reads the UTF-8 of RFC 7617 §2.1', () => {
    expect(basicCredentials('Basic dGVzdDoxMjPCow==')).toEqual({ id: 'test', secret: '123\u00a3' });
  });

  it('reads the example of RFC 6749 §2.3.1', () => {
    expect(basicCredentials('Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3')).toEqual({
      id: 's6BhdRkqt3',
      secret: '7Fjfp0ZBr1KtDRbnfVdmIw',
    });
  });

  it('decodes id and secret each by itself', () => {
    expect(basicCredentials(basic('https%3A%2F%2Fa.example+b:c%3Ad%2B%25'))).toEqual({
      id: 'https://a.example b',
      secret: 'c:d+%',
    });
    expect(basicCredentials(basic('id:with:colons'))).toEqual({ id: 'id', secret: 'with:colons' });
  });

  it.each(['basic', 'BASIC', 'bAsIc', 'Basic  '])('takes the scheme as %j', (scheme) => {
    expect(basicCredentials(`${scheme} YTpi`)).toEqual({ id: 'a', secret: 'b' });
  });

  it.each([
    undefined,
    '',
    'Basic',
    'Basic ',
    'Bearer YTpi',
    'YTpi',
    'BasicYTpi',
    ' Basic YTpi',
    'Basic YTpi, Basic YTpi',
    'Basic YTpi YTpi',
    'Basic realm="x"',
    'Basic Y-_i',
    'Basic YTpi===',
    basic('no colon'),
    basic(':secret'),
    basic('id:%zz'),
    basic('id:%'),
    basic('%ff:secret'),
  ])('finds nothing in %j', (authorization) => {
    expect(basicCredentials(authorization)).toBeUndefined();
  });
});
