// Asks the scalers of KEDA what they see on a broker, without Kubernetes.
//
// Argument: a JSON array of the triggers of a ScaledObject, each with its type, metadata and authentication parameters.
// Each line on standard input is one poll. Its answer is a line of JSON on standard output: an array with one result per
// trigger, in their order. The end of the input ends the program.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/kedacore/keda/v2/pkg/scalers"
	"github.com/kedacore/keda/v2/pkg/scalers/scalersconfig"
	v2 "k8s.io/api/autoscaling/v2"
)

type trigger struct {
	Type     string            `json:"type"`
	Metadata map[string]string `json:"metadata"`
	Auth     map[string]string `json:"auth"`
}

// result is what KEDA passes on: active decides between zero and one replica, value and target are for the HPA.
type result struct {
	Active bool    `json:"active"`
	Value  float64 `json:"value"`
	Target float64 `json:"target"`
	Error  string  `json:"error,omitempty"`
}

func main() {
	var triggers []trigger
	if len(os.Args) != 2 {
		fail(fmt.Errorf("expected one argument: a JSON array of triggers"))
	}
	if err := json.Unmarshal([]byte(os.Args[1]), &triggers); err != nil {
		fail(err)
	}
	ctx := context.Background()
	opened := make([]scalers.Scaler, len(triggers))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		results := make([]result, len(triggers))
		for i, t := range triggers {
			results[i] = poll(ctx, i, t, opened)
		}
		line, err := json.Marshal(results)
		if err != nil {
			fail(err)
		}
		fmt.Println(string(line))
	}
	for _, s := range opened {
		if s != nil {
			_ = s.Close(ctx)
		}
	}
}

// poll opens the scaler at its first success and again after an error, as KEDA does.
func poll(ctx context.Context, i int, t trigger, opened []scalers.Scaler) result {
	if opened[i] == nil {
		s, err := open(ctx, i, t)
		if err != nil {
			return result{Error: err.Error()}
		}
		opened[i] = s
	}
	s := opened[i]
	target := s.GetMetricSpecForScaling(ctx)[0].External
	values, active, err := s.GetMetricsAndActivity(ctx, target.Metric.Name)
	if err != nil {
		_ = s.Close(ctx)
		opened[i] = nil
		return result{Error: err.Error()}
	}
	r := result{Active: active, Target: target.Target.AverageValue.AsApproximateFloat64()}
	if len(values) > 0 {
		r.Value = values[0].Value.AsApproximateFloat64()
	}
	return r
}

func open(ctx context.Context, i int, t trigger) (scalers.Scaler, error) {
	config := &scalersconfig.ScalerConfig{
		ScalableObjectName:      "consumer",
		ScalableObjectNamespace: "default",
		TriggerMetadata:         t.Metadata,
		AuthParams:              t.Auth,
		TriggerIndex:            i,
		GlobalHTTPTimeout:       5 * time.Second,
		MetricType:              v2.AverageValueMetricType,
	}
	switch t.Type {
	case "kafka":
		return scalers.NewKafkaScaler(ctx, config)
	case "redis-streams":
		return scalers.NewRedisStreamsScaler(ctx, false, false, config)
	case "redis-cluster-streams":
		return scalers.NewRedisStreamsScaler(ctx, true, false, config)
	case "redis-sentinel-streams":
		return scalers.NewRedisStreamsScaler(ctx, false, true, config)
	default:
		return nil, fmt.Errorf("unknown trigger type %q", t.Type)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
