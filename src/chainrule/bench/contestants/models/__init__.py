"""Every network, written with each library that trains all of them."""
