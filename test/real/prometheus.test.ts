import { describePrometheusContract } from '../contract/prometheus.ts';
import { describeReal } from './support.ts';

describeReal(['prometheus'], 'Prometheus', ({ prometheus }) => {
  describePrometheusContract(() => prometheus);
});
