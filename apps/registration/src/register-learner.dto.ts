import { IsEmail, Length, Matches } from 'class-validator';

/** The body of `POST /learners`. */
export class RegisterLearnerDto {
  @Matches(/^[\w.-]{2,30}$/, { message: 'username: 2 to 30 letters, digits, "_", "." or "-"' })
  username!: string;

  @IsEmail()
  email!: string;

  @Length(1, 255)
  name!: string;
}
