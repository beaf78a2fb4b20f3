"""The entry that every other is compared with: a plain convolutional network in float32."""
