"""One small module for each kind of target, all behind `sitegen.publish.port.Target`."""
