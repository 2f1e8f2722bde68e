module agentops.test/popeye

go 1.26

require github.com/derailed/popeye v0.22.1
