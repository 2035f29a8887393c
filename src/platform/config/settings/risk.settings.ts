import { IsBoolean, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';
import { Setting } from '../setting.decorator';

/** What makes a refresh suspicious, and what then comes of it: docs/risk.md. Durations in seconds. */
export class RiskSettings {
  @Setting({
    name: 'RISK',
    default: 'on',
    type: 'boolean',
    description: 'Whether a refresh is looked at for signs that somebody else has the token: `on` or `off`.',
  })
  @IsBoolean()
  isOn!: boolean;

  @Setting({
    name: 'RISK_WEIGHTS',
    default: '',
    defaultInWords: "each signal's own",
    type: 'list',
    description:
      'Weights of risk signals, as `name=weight`, comma-separated; 0 switches one off. E.g. `new_network=0,long_idle=30`.',
  })
  @Matches(/^[a-z][a-z0-9_]{0,39}=\d{1,4}$/, { each: true, message: 'each must be name=weight, such as new_device=60' })
  weights: string[] = [];

  @Setting({
    name: 'RISK_STEP_UP_SCORE',
    default: '100',
    type: 'integer',
    description:
      'From this sum of weights on, a refresh asks for the second factor; an account without one signs in anew.',
  })
  @IsInt()
  @Min(1)
  @Max(100_000)
  stepUpScore!: number;

  @Setting({
    name: 'RISK_END_SCORE',
    default: '140',
    type: 'integer',
    description: 'From this sum of weights on, a refresh ends the session.',
  })
  @IsInt()
  @Min(1)
  @Max(100_000)
  endScore!: number;

  @Setting({
    name: 'RISK_LONG_IDLE',
    default: '259200',
    type: 'integer',
    description: 'Seconds without use after which a session shows the signal `long_idle` (3 d).',
  })
  @IsInt()
  @Min(60)
  longIdle!: number;

  @Setting({
    name: 'RISK_REFUSALS',
    default: '5',
    type: 'integer',
    description:
      'Refused passwords, codes and refresh tokens of an account that show the signal `many_refusals`; 1 to 1000.',
  })
  @IsInt()
  @Min(1)
  @Max(1000)
  refusals!: number;

  @Setting({
    name: 'RISK_REFUSALS_WINDOW',
    default: '3600',
    type: 'integer',
    description: 'Seconds back for which they are counted (1 h).',
  })
  @IsInt()
  @Min(60)
  @Max(86_400)
  refusalsWindow!: number;

  @Setting({
    name: 'RISK_GEOIP_FILE',
    description:
      'A MaxMind database with locations, such as `GeoLite2-City.mmdb`, read at start. Without it the signal `impossible_travel` is off.',
  })
  @IsOptional()
  @IsString()
  geoipFile?: string;

  @Setting({
    name: 'RISK_TRAVEL_SPEED',
    default: '1000',
    type: 'integer',
    description:
      'Kilometres an hour that nobody travels faster than, between two refreshes of a session; 100 to 100000.',
  })
  @IsInt()
  @Min(100)
  @Max(100_000)
  travelSpeed!: number;

  /** What `RISK_WEIGHTS` says, by signal. */
  get givenWeights(): ReadonlyMap<string, number> {
    return new Map(
      this.weights.map((entry) => {
        const [name = '', weight] = entry.split('=');
        return [name, Number(weight)] as const;
      }),
    );
  }
}
