/* eslint-disable @typescript-eslint/no-unused-vars -- Only the types of the parameters matter here. */
// This file never runs. `npm run typecheck` fails if a wrong line compiles or a right line does not.
import { applyDecorators, UseGuards } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  type DataOf,
  defineEvent,
  EventBusContext,
  EventData,
  type EventDefinition,
  Field,
  OnEvent,
} from 'nest-event-bus';
import {
  COURSE_ENROLLMENT_CREATED,
  COURSE_UNENROLLMENT_COMPLETED,
  CERTIFICATE_CREATED,
  type CourseEnrollmentCreated,
  type CourseEnrollmentData,
  STUDENT_REGISTRATION_COMPLETED,
} from 'openedx-events';
import { describe, expectTypeOf, it } from 'vitest';

type Enrollment = DataOf<typeof COURSE_ENROLLMENT_CREATED>;
type Certificate = DataOf<typeof CERTIFICATE_CREATED>;

class EnrollmentDto {
  declare enrollment: { mode: string; created_by?: object | null };
}

@EventData('com.example.graded.v1')
class GradedEvent {
  @Field('int')
  declare percent: number;
}

class OtherDto {
  declare enrollment: { mode: number };
}

interface Graded {
  readonly grade: { readonly percent: number };
  readonly note?: string | null;
}
const GRADED = defineEvent<Graded>('{}');
const UNTYPED: EventDefinition = GRADED;

/** Every method can handle its event. */
export class Handlers {
  @OnEvent(COURSE_ENROLLMENT_CREATED)
  data(@Payload() data: CourseEnrollmentCreated): void {
    expectTypeOf(data).toEqualTypeOf<Enrollment>();
  }

  @OnEvent(COURSE_ENROLLMENT_CREATED, { attempts: 1 })
  async dataAndContext(@Payload() { enrollment }: Enrollment, @Ctx() context: EventBusContext): Promise<string> {
    await Promise.resolve();
    return `${enrollment.mode} ${context.topic}`;
  }

  @OnEvent(COURSE_ENROLLMENT_CREATED)
  nothing(): void {}

  @OnEvent(GradedEvent)
  ofClass(@Payload() _: GradedEvent): void {}

  @OnEvent([GradedEvent])
  propertyOfClass(@Payload('percent') _: number): void {}

  @OnEvent(COURSE_ENROLLMENT_CREATED)
  context(@Ctx() _: EventBusContext): void {}

  @OnEvent(COURSE_ENROLLMENT_CREATED)
  contextAndData(@Ctx() _: EventBusContext, @Payload() _data: Enrollment): void {}

  @OnEvent(COURSE_ENROLLMENT_CREATED)
  contextAndProperty(@Ctx() _: EventBusContext, @Payload('enrollment') _data: CourseEnrollmentData): void {}

  @OnEvent(COURSE_ENROLLMENT_CREATED)
  property(@Payload('enrollment') enrollment: Enrollment['enrollment'], @Ctx() _: EventBusContext): string {
    return enrollment.mode;
  }

  @OnEvent(GRADED)
  twoProperties(@Payload('note') _note: string | null | undefined, @Payload('grade') _grade: Graded['grade']): void {}

  @OnEvent(COURSE_ENROLLMENT_CREATED)
  dto(@Payload() _: EnrollmentDto): void {}

  @OnEvent(COURSE_ENROLLMENT_CREATED)
  anything(@Payload() _: unknown): void {}

  @OnEvent(COURSE_ENROLLMENT_CREATED)
  withCustomParameters(@Payload() _: Enrollment, _tenant: string, _page: number): void {}

  @OnEvent([COURSE_ENROLLMENT_CREATED, COURSE_UNENROLLMENT_COMPLETED])
  bothOfOneShape(@Payload() { enrollment }: Enrollment): string {
    return enrollment.mode;
  }

  @OnEvent([COURSE_ENROLLMENT_CREATED, CERTIFICATE_CREATED])
  bothOfTwoShapes(@Payload() _: Enrollment | Certificate): void {}

  @OnEvent('org.example.something.v1')
  byName(@Payload() _: { readonly anything: Date }): void {}

  @OnEvent([COURSE_ENROLLMENT_CREATED, 'org.example.something.v1'])
  byNameToo(@Payload() _: { readonly anything: Date }): void {}

  @OnEvent(COURSE_ENROLLMENT_CREATED.type)
  byNameOfADefinition(@Payload() _: { readonly enrollment: { readonly creation_date: Date } }): void {}

  @OnEvent(UNTYPED)
  ofADefinitionWithoutDataType(@Payload() _: { readonly anything: Date }): void {}

  @applyDecorators(OnEvent(COURSE_ENROLLMENT_CREATED.type), UseGuards())
  combined(@Payload() _: Enrollment): void {}
}

/** No method can handle its event. */
export class Mistaken {
  // @ts-expect-error The data of another event.
  @OnEvent(COURSE_ENROLLMENT_CREATED)
  otherEvent(@Payload() _: Certificate): void {}

  // @ts-expect-error The same, of the other order.
  @OnEvent(STUDENT_REGISTRATION_COMPLETED)
  enrollment(@Payload() _: Enrollment): void {}

  // @ts-expect-error No property is a text.
  @OnEvent(COURSE_ENROLLMENT_CREATED)
  text(@Payload() _: string): void {}

  // @ts-expect-error A field is of another type.
  @OnEvent(COURSE_ENROLLMENT_CREATED)
  field(@Payload() _: { readonly enrollment: { readonly mode: boolean } }): void {}

  // @ts-expect-error There is no such field.
  @OnEvent(COURSE_ENROLLMENT_CREATED)
  missing(@Payload() _: { readonly enrollment: { readonly price: number } }): void {}

  // @ts-expect-error The class has a field of another type.
  @OnEvent(COURSE_ENROLLMENT_CREATED)
  dto(@Payload() _: OtherDto): void {}

  // @ts-expect-error A date travels as text.
  @OnEvent(COURSE_ENROLLMENT_CREATED)
  date(@Payload() _: { readonly enrollment: { readonly creation_date: Date } }): void {}

  // @ts-expect-error It may be missing.
  @OnEvent(GRADED)
  optional(@Payload() _: { readonly note: string }): void {}

  // @ts-expect-error The property may be missing.
  @OnEvent(GRADED)
  optionalProperty(@Payload('note') _: string): void {}

  // @ts-expect-error Both events come here.
  @OnEvent([COURSE_ENROLLMENT_CREATED, CERTIFICATE_CREATED])
  oneOfTwo(@Payload() _: Enrollment): void {}

  // @ts-expect-error What stands behind the context is held to it too.
  @OnEvent(COURSE_ENROLLMENT_CREATED)
  behindContext(@Ctx() _: EventBusContext, @Payload() _data: Certificate): void {}

  // @ts-expect-error The data of another class.
  @OnEvent(GradedEvent)
  ofAnotherClass(@Payload() _: OtherDto): void {}

  // @ts-expect-error The context of something else.
  @OnEvent(COURSE_ENROLLMENT_CREATED)
  otherContext(@Ctx() _: { readonly socket: string }): void {}
}

describe('DataOf', () => {
  it('is the type of the data', () => {
    expectTypeOf<DataOf<typeof COURSE_ENROLLMENT_CREATED>>().toEqualTypeOf<CourseEnrollmentCreated>();
    expectTypeOf<DataOf<typeof GRADED>>().toEqualTypeOf<Graded>();
    expectTypeOf<DataOf<typeof UNTYPED>>().toBeUnknown();
  });
});
