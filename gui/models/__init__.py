"""What the screen shows, as plain data made from the local API's messages: pure, without Qt, clock handed in."""
