"""The engine against the ways a bot draws without one: same process, same weights, same requests, in turns.

    scenarios    what is asked for, and when: pure data from a seed
    contenders   the one interface that the engine and the baselines are driven through
    ours         the engine
    baselines    B0 to B3: what bots do with a diffusers pipeline
    weights      random weights of the tiny and of the real shapes
    round        plays one scenario on one contender and notes what each asker saw
    measure      percentiles, fairness, lag of the event loop, memory
    pictures     whose picture is it, and how far from what the pipeline draws
    run          warm-up, interleaved rounds, ratios
    report       table, JSON, Markdown

docs/benchmarks.md says what each scenario and each number means. Importing this package loads no torch.
"""
