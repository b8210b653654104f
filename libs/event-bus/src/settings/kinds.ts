import { IsBoolean, IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { combine, parseBoolean, parseNumber, Setting, type SettingInfo } from './setting.js';

/** A number setting: its bounds are checked and described. */
export interface NumberSettingInfo extends Omit<SettingInfo, 'allowed' | 'parse' | 'secret'> {
  readonly min: number;
  readonly max: number;
  /** Default: any number. */
  readonly isWhole?: boolean;
  /** A further limit, as the end of the sentence "a number from 1 to 2, …". */
  readonly limit?: string;
}

/** Declares a number. A setting with a `defaultText` may be undefined. */
export function NumberSetting({ min, max, isWhole = false, limit, ...info }: NumberSettingInfo): PropertyDecorator {
  const allowed = `a ${isWhole ? 'whole number' : 'number'} from ${min} to ${max}${limit === undefined ? '' : `, ${limit}`}`;
  return combine(
    Setting({ ...info, allowed, parse: parseNumber }),
    ...(info.defaultText === undefined ? [] : [IsOptional()]),
    isWhole ? IsInt() : IsNumber(),
    Min(min),
    Max(max),
  );
}

/** Declares `true` or `false`. */
export function BooleanSetting(info: Pick<SettingInfo, 'env' | 'meaning'>): PropertyDecorator {
  return combine(Setting({ ...info, allowed: 'true or false', parse: parseBoolean }), IsBoolean());
}
