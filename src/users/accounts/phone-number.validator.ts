import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsPhoneNumber, Matches } from 'class-validator';

const SPELLING = /^\+[1-9][0-9]{6,14}$/;

/** A phone number that exists, in E.164. */
export function IsE164PhoneNumber(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ pattern: SPELLING.source }),
    Matches(SPELLING, { message: '$property must be in E.164, like +4915112345678' }),
    IsPhoneNumber(undefined, { message: '$property must be a phone number in E.164, like +4915112345678' }),
  );
}
