import { Catch, type RpcExceptionFilter } from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/**
 * Passes a handler's own error on, where Nest would put "Internal server error" in its place.
 *
 * Registered globally on the microservice, so that filters of the application's own come before it.
 */
@Catch()
export class KeepErrorFilter implements RpcExceptionFilter<unknown> {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}
