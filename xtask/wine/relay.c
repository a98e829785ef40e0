/* Stands where the browser stands on Windows: the bridge asks the system whose the
 * other end of a connection is, and Wine knows the processes of its own only. What
 * comes to the second argument's port of the loopback interface from outside of Wine
 * goes to the first one's, from a process of Wine's. It ends with Wine. */
#include <winsock2.h>
#include <stdlib.h>

static u_short target;

static SOCKET loopback(u_short port, int (WINAPI *open)(SOCKET, const struct sockaddr *, int)) {
  struct sockaddr_in address = {0};
  SOCKET end = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (end != INVALID_SOCKET && open(end, (struct sockaddr *)&address, sizeof address) != 0) {
    closesocket(end);
    return INVALID_SOCKET;
  }
  return end;
}

/* Gives on what one end says, until it says no more. */
static int give_on(SOCKET from, SOCKET to) {
  char bytes[16384];
  int length = recv(from, bytes, sizeof bytes, 0);
  for (int sent = 0, part; sent < length; sent += part) {
    part = send(to, bytes + sent, length - sent, 0);
    if (part <= 0) return 0;
  }
  return length > 0;
}

static DWORD WINAPI serve(void *argument) {
  SOCKET page = (SOCKET)argument;
  SOCKET bridge = loopback(target, connect);
  while (bridge != INVALID_SOCKET) {
    fd_set said;
    FD_ZERO(&said);
    FD_SET(page, &said);
    FD_SET(bridge, &said);
    if (select(0, &said, NULL, NULL, NULL) <= 0) break;
    if (FD_ISSET(page, &said) && !give_on(page, bridge)) break;
    if (FD_ISSET(bridge, &said) && !give_on(bridge, page)) break;
  }
  closesocket(page);
  if (bridge != INVALID_SOCKET) closesocket(bridge);
  return 0;
}

int main(int count, char **arguments) {
  WSADATA version;
  if (count != 3 || WSAStartup(MAKEWORD(2, 2), &version) != 0) return 2;
  target = (u_short)atoi(arguments[1]);
  SOCKET listening = loopback((u_short)atoi(arguments[2]), bind);
  if (listening == INVALID_SOCKET || listen(listening, 16) != 0) return 1;
  for (;;) {
    SOCKET page = accept(listening, NULL, NULL);
    if (page == INVALID_SOCKET) return 1;
    HANDLE thread = CreateThread(NULL, 0, serve, (void *)page, 0, NULL);
    if (thread != NULL) CloseHandle(thread);
    else closesocket(page);
  }
}
