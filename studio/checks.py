"""System checks: settings that the engine and the money depend on."""
