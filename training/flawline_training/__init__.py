"""From labelled pictures to an OpenVINO model that flawline runs: generator, training, evaluation, export."""
