"""One running `listen`: the plan, the pipeline, the desk that serves its faces."""
