"""The portal: the web app and the core that workers share with it."""
