"""What `doctor` and `devices` find out. Facts are gathered by probes, judged by pure checks."""
