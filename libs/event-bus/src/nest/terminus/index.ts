export { EventBusHealthIndicator } from './health-indicator.js';
