import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';

/** What a password may be as a text; whether it is a good one is for the policy, whose refusal says why. */
export function IsNewPassword(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      example: 'a loom that weaves algebra',
      description: '8 to 256 characters of any kind, not one of the common ones, and not built on your name.',
    }),
    IsString(),
    MaxLength(2048),
    Matches(/^\P{Cs}*$/u, { message: '$property must be well-formed Unicode' }),
  );
}
